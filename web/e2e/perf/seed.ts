// Many rows in a stopped server's database, faster than people could make them.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const PYTHON = `
import os, sqlite3, sys, time
file, what, chat, count = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3].replace("-", "")), int(sys.argv[4])
db = sqlite3.connect(file)
def columns(table):
    return [row[1] for row in db.execute(f"pragma table_info({table})")]
def copy(table, row, changes):
    names = columns(table)
    values = [changes.get(name, value) for name, value in zip(names, row)]
    names, values = zip(*[(n, v) for n, v in zip(names, values) if v is not DROP])
    marks = ",".join("?" * len(names))
    db.execute(f"insert into {table} ({','.join(names)}) values ({marks})", values)
DROP = object()
if what == "messages":
    turn = db.execute("select * from chat_messages where chat_id = ? and role in ('user', 'assistant') and visibility <> 'model' order by id", (chat,)).fetchall()
    place = columns("chat_messages").index("id")
    for at in range(count):
        copy("chat_messages", turn[at % len(turn)], {"id": DROP, "effect_id": None})
else:
    row = db.execute("select * from chats where id = ?", (chat,)).fetchone()
    now = int(time.time() * 1e6)
    for at in range(count):
        fresh = (now // 1000).to_bytes(6, "big") + bytes([0x70 | os.urandom(1)[0] & 15]) + os.urandom(1) + bytes([0x80 | os.urandom(1)[0] & 63]) + os.urandom(7)
        title = f"Chat {at + 1} of many, about one thing or another"
        copy("chats", row, {"id": fresh, "root_chat_id": fresh, "title": title, "title_folded": title.lower(), "effect_id": None, "updated_at": now - at * 60_000_000})
db.commit()
`;

/** Repeats a chat's turn until it has so many messages more, or the chat itself. */
export function seed(folder: string, what: "messages" | "chats", chat: string, count: number) {
  execFileSync("python3", ["-c", PYTHON, join(folder, "muster.db"), what, chat, `${count}`]);
}
