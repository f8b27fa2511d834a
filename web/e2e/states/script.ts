// What the model says in the states. Every rule is found by a word of the person's message.

/** The repository that the conversations are about; `prepare` puts it into the workspace. */
export const LEDGER = `
mkdir -p ~/ledger/src && cd ~/ledger && git init -q -b main 2>/dev/null
cat > src/split.rs <<'EOF'
//! Shares of an amount of money.

/// Splits an amount into equal shares. The first ones carry the cents that are left.
pub fn split_amount(total: i64, n: i64) -> Vec<i64> {
    let share = total / n;
    let rest = total % n;
    (0..n)
        .map(|i| share + (i < rest) as i64)
        .collect()
}
EOF
cat > src/credit.rs <<'EOF'
impl Credit {
    pub fn lines(&self) -> Vec<Line> {
        let mut parts = split_amount(self.total, self.n);
        parts[0] += self.total - parts.iter().sum::<i64>();
        parts.into_iter().map(Line::from).collect()
    }
}
EOF
printf '# Ledger\\n\\nInvoices, credits and what is left of them.\\n' > README.md
cat > test.sh <<'EOF'
echo "test split::splits_evenly ... ok"
echo "test split::splits_remainder ... ok"
echo "test credit::carries_the_rest ... ok"
echo "3 passed, 0 failed"
EOF
cat > check.sh <<'EOF'
echo "test split::splits_evenly ... ok"
printf 'test split::splits_remainder ... \\033[31mFAILED\\033[0m\\n'
echo "  left: [-333, -333, -333]"
echo " right: [-334, -333, -333]"
echo "12 passed, 1 failed"
exit 101
EOF
cat > slow.sh <<'EOF'
printf 'test statement::carries_credit ... \\033[32mok\\033[0m\\n'
echo "     Running tests/payments.rs"
printf 'test refunds_in_three_parts ... \\033[32mok\\033[0m\\n'
sleep 600
EOF
git add -A && git -c user.name=Muster -c user.email=demo@localhost commit -q -m "Start the ledger" || true
`;

const HEAD = `
name = "states"
seed = 7
pace = { first_ms = 0, gap_ms = 0, chunk_chars = 24 }

[[on]]
purpose = "title"
user = "prepare"
reply.object = { title = "Prepare the ledger" }

[[on]]
purpose = "title"
reply.object = { title = "Fix the failing remainder test" }

[[on]]
purpose = "compaction"
reply.text = "The person asks how the ledger splits amounts. "
reply.fault = { stall = "mid", at = 1 }
`;

/** A rule of the first step of a turn. */
function first(user: string, reply: string): string {
  return `\n[[on]]\nstep = 1\nuser = '${user}'\n${reply}\n`;
}

/** A call in the first step; what follows it is one sentence. */
function calls(user: string, ...all: [string, object][]): string {
  const list = all.map(([tool, args]) => `{ tool = "${tool}", args = ${toml(args)} }`);
  return first(user, `reply.call = [\n${list.join(",\n")},\n]`);
}

function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (value && typeof value === "object") {
    const pairs = Object.entries(value).map(([name, one]) => `${name} = ${toml(one)}`);
    return `{ ${pairs.join(", ")} }`;
  }
  return JSON.stringify(value);
}

const HOME = "/home/agent";
const SPLIT = `${HOME}/ledger/src/split.rs`;
const run = (script: string) => `cd ~/ledger && sh ${script}.sh`;

const EDIT = {
  path: SPLIT,
  edits: [
    {
      search: "    let rest = total % n;",
      replace:
        "    let rest = total % n;\n    // A credit leaves a negative rest.\n    let cent = rest.signum();\n    let owed = rest.abs();",
    },
    {
      search: "share + (i < rest) as i64",
      replace: "share + cent * (i < owed) as i64",
    },
  ],
};
const NO_EDIT = {
  path: SPLIT,
  edits: [{ search: "let cents = total.rem(n);", replace: "let cents = total.rem_euclid(n);" }],
};

export const PLAN = `# Share credits exactly

1. Hand out the remainder with its own sign: \`signum\` and \`abs\`.
2. Keep the order: the first lines receive the extra cent, as the test says.
3. Check the four callers for code that relied on the old result.
4. Run the whole workspace before finishing.
`;

const PROSE = `
The fix is in \`split_amount\`. A charge hands its spare cents out; a credit now gives them *back*, in the same order. \u221210.00 over three lines becomes \u22123.34, \u22123.33, \u22123.33. I left the test as it was.

| amount | lines | first share |
|---|---|---|
| 10.00 | 3 | 3.34 |
| \u221210.00 | 3 | \u22123.34 |

One caller needs a second look: \`refund.rs\` adds a cent of its own.
`;

export { calls, EDIT, first, HEAD, HOME, NO_EDIT, PROSE, run, SPLIT, toml };
