#!/bin/sh
# Runs every test and counts; exits 1 if one failed.
passed=0
failed=0

# expect NAME WANTED COMMAND…
expect() {
    name=$1
    wanted=$2
    shift 2
    got=$(sh -c '. ./stats.sh; "$@"' test "$@" 2>&1)
    if [ "$got" = "$wanted" ]; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name: expected $wanted, got $got"
    fi
}

expect "total of three numbers" 6 total 1 2 3
expect "average of three numbers" 4 average 2 4 6
expect "average of nothing" 0 average

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
