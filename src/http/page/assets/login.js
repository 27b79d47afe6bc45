/** Who looks at the page: nobody on this machine before accounts exist, a person who logged in, or one who has to. */
import { ask, get, post } from "./api.js";
import { find, make } from "./dom.js";
import { beginSession, isLoggedIn } from "./session.js";

/** Resolves once somebody may see the page; shows the login until then. */
export async function enter() {
  const session = await get("/session");
  if (!session.principal) return new Promise(() => showLogin(session));
  beginSession(session);
  if (isLoggedIn()) showPerson(session.principal);
}

function showLogin({ oidc }) {
  const field = (id, label, type, complete) => [
    make("label", { for: id }, label),
    make("input", { id, type, autocomplete: complete, required: true, maxlength: 1024 }),
  ];
  const form = make(
    "form",
    { id: "login", class: "card login" },
    make("h2", {}, "Log in"),
    ...field("user", "User name", "text", "username"),
    ...field("password", "Password", "password", "current-password"),
    ...field("code", "Code of the authenticator app", "text", "one-time-code"),
    make("button", { type: "submit" }, "Log in"),
    make("button", { type: "button", id: "by-passkey", onclick: () => attempt(byPasskey) }, "Use a passkey"),
    oidc ? make("a", { href: "/api/v1/oidc/login" }, "Log in by the identity provider") : "",
    make("p", { id: "login-failure", role: "alert" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => post("/session", Object.fromEntries(["user", "password", "code"].map((id) => [id, find(id).value]))));
  });
  find("health").querySelector(".text").textContent = "Not logged in";
  document.querySelector("main").replaceChildren(form);
}

async function attempt(login) {
  try {
    await login();
    location.reload();
  } catch (error) {
    find("login-failure").textContent = error.message;
  }
}

async function byPasskey() {
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(await post("/session/passkey/options", {}));
  const credential = await navigator.credentials.get({ publicKey: options });
  await post("/session/passkey", credential.toJSON());
}

async function addPasskey() {
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(await post("/passkeys/options", {}));
  const credential = await navigator.credentials.create({ publicKey: options });
  await post("/passkeys", credential.toJSON());
}

function showPerson({ id, name }) {
  const said = make("span", { id: "person" }, name);
  const add = make("button", { type: "button", id: "add-passkey" }, "Add a passkey");
  add.addEventListener("click", async () => {
    try {
      await addPasskey();
      add.textContent = "Passkey added";
    } catch (error) {
      add.textContent = error.message;
    }
  });
  const leave = make("button", { type: "button", id: "logout" }, "Log out");
  leave.addEventListener("click", async () => {
    await ask("DELETE", "/session");
    location.reload();
  });
  const local = id.startsWith("user:");
  document.querySelector("header").append(make("p", { class: "person" }, said, " ", local ? add : "", " ", leave));
}
