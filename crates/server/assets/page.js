"use strict";

const api = "/api/v2";
const show = (id, visible) => { document.getElementById(id).hidden = !visible; };
const say = (text) => { document.getElementById("status").textContent = text; };

function cookie(name) {
  const pair = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
  return pair ? pair.slice(name.length + 1) : "";
}

async function call(method, path, body) {
  const headers = { "X-CSRF-TOKEN": cookie("csrf_token") };
  if (body) headers["Content-Type"] = "application/json";
  const options = { method, headers, body: body && JSON.stringify(body) };
  const response = await fetch(api + path, options);
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status });
  return answer;
}

function list(id, lines, empty) {
  const items = (lines.length ? lines : [empty]).map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  });
  document.getElementById(id).replaceChildren(...items);
}

async function signedIn() {
  const me = await call("GET", "/users/me");
  say(`You are signed in as ${me.username}.`);
  document.getElementById("cli-login").textContent = `muster login ${location.origin} --token-stdin`;
  show("signed-out", false);
  show("signed-in", true);
  const [chats, models] = await Promise.all([call("GET", "/chats"), call("GET", "/chats/models")]);
  list("chats", chats.map((chat) => `${chat.title}: ${chat.status}`), "No chats yet.");
  const names = models.providers.flatMap((one) => one.models.map((model) => model.display_name));
  list("models", names, "No models yet: set ANTHROPIC_API_KEY or OPENAI_API_KEY, or start with --demo.");
}

function signedOut(words) {
  say(words);
  show("signed-in", false);
  show("signed-out", true);
}

// The secret is in the fragment, which no server and no log ever sees; a query works too.
function linkSecret() {
  const from = (text) => new URLSearchParams(text).get("secret");
  const secret = from(location.hash.slice(1)) || from(location.search);
  if (secret) history.replaceState(null, "", "/");
  return secret;
}

async function start() {
  const secret = linkSecret();
  try {
    if (secret) await call("POST", "/users/login-link", { secret });
    await signedIn();
  } catch (error) {
    // Only a real 401 means signed out; anything else is the server's trouble.
    if (error.status === 401) signedOut(secret ? error.message : "You are not signed in.");
    else say(error.message);
  }
}

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    await call("POST", "/users/login", { email: form.get("email"), password: form.get("password") });
    await signedIn();
  } catch (error) {
    say(error.message);
  }
});

document.getElementById("make-token").addEventListener("click", async () => {
  try {
    const { key } = await call("POST", "/users/me/keys/tokens", {});
    const shown = document.getElementById("token");
    shown.textContent = key;
    shown.hidden = false;
    say("Here is your token. It is shown only once.");
  } catch (error) {
    say(error.message);
  }
});

document.getElementById("logout").addEventListener("click", async () => {
  try {
    await call("POST", "/users/logout");
    signedOut("You are signed out.");
  } catch (error) {
    say(error.message);
  }
});

start();
