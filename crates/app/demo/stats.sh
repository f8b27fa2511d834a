# Small statistics over whole numbers.

# The sum of all arguments.
total() {
    sum=0
    for value in "$@"; do
        sum=$((sum + value))
    done
    echo $sum
}

# The average of all arguments, rounded down; 0 for none.
average() {
    count=$#
    sum=$(total "$@")
    echo $((sum / count))
}
