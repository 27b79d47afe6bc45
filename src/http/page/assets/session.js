/** Who looks at the page and what they may do: as the server said at the start. What is offered follows from it; the server decides. */
let session = {};

/** @param answer of GET /api/v1/session */
export function beginSession(answer) {
  session = { ...answer, rights: new Set(answer.may) };
}

/** What a request that changes something carries beside the cookie. */
export const csrfHeader = () => (session.csrf === undefined ? {} : { "x-csrf-token": session.csrf });

export const may = (action) => session.rights?.has(action) ?? false;

/** Id of whoever is logged in, `user:anna`; `local` before accounts exist. */
export const me = () => session.principal?.id;

export const isLoggedIn = () => session.csrf !== undefined;
