/** The HTTP calls. Every failure is an ApiError with a code and a text for the person. */

import { WORDS } from "../words.js";

export class ApiError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Who is signed in, or null. */
export async function whoAmI() {
  try {
    return await call("GET", "/api/me");
  } catch (error) {
    if (error instanceof ApiError && error.code === "not_signed_in") return null;
    throw error;
  }
}

export const signUp = (name) => call("POST", "/api/people", { name });
export const signOut = () => call("DELETE", "/api/session");

export const listSignIns = async () => (await call("GET", "/api/me/sign-ins")).signIns;
export const endSignIn = (signInId) => call("DELETE", `/api/me/sign-ins/${signInId}`);
export const endOtherSignIns = () => call("DELETE", "/api/me/sign-ins");

export const listCampaigns = async () => (await call("GET", "/api/campaigns")).campaigns;
export const createCampaign = (name) => call("POST", "/api/campaigns", { name });
export const closeCampaign = (campaignId) => call("DELETE", `/api/campaigns/${encodeURIComponent(campaignId)}`);

/** `name` may be left out by somebody with a session or a sign-in link. */
export const redeemInvite = (token, name) => call("POST", "/api/invites/redeem", { token, name });
export const createInvite = (campaignId, invite) => call("POST", at(campaignId, "invites"), invite);

export const listInvites = async (campaignId) => (await call("GET", at(campaignId, "invites"))).invites;
export const revokeInvite = (campaignId, inviteId) => call("DELETE", at(campaignId, `invites/${inviteId}`));

export const changeRole = (campaignId, userId, role) => call("PATCH", at(campaignId, `members/${userId}`), { role });
/** `revokeInvite`: whether the links by which they came are revoked, too. */
export const removeMember = (campaignId, userId, revokeInvite) =>
  call("DELETE", at(campaignId, `members/${userId}?revokeInvite=${revokeInvite}`));
/** All of them or none. */
export const removeMembers = (campaignId, userIds, revokeInvites) =>
  call("POST", at(campaignId, "members/remove"), { userIds, revokeInvites });

export const listMembers = async (campaignId) => (await call("GET", at(campaignId, "members"))).members;

export const listSessions = async (campaignId) => (await call("GET", at(campaignId, "sessions"))).sessions;

/** Calls `take(line)` for each line of a session as somebody was told it, while they come in. */
export async function readTimeline(campaignId, number, viewer, take) {
  const address = at(campaignId, `sessions/${number}/timeline?as=${encodeURIComponent(viewer)}`);
  const response = await fetched("GET", address);
  if (!response.ok) throw refusalIn(parsed(await response.text()), response.status);
  let rest = "";
  for await (const text of chunksOf(response.body.pipeThrough(new TextDecoderStream()))) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) take(JSON.parse(line));
  }
}

export const getReport = (campaignId) => call("GET", at(campaignId, "report"));

export const getMap = (campaignId) => call("GET", at(campaignId, "map"));

/**
 * `file` goes as it is: the server names the place that is off. `onProgress(part)` is called with how much of it has
 * been sent, from 0 to 1. With an `importId` this unfinished import goes on, and another file is refused.
 */
export function importMap(campaignId, file, onProgress, importId = null) {
  // fetch() does not say how far it is.
  const request = new XMLHttpRequest();
  const query = importId === null ? "" : `?importId=${encodeURIComponent(importId)}`;
  request.open("POST", at(campaignId, `map${query}`));
  request.setRequestHeader("Content-Type", "application/json");
  request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(new ApiError("unreachable", WORDS.unreachable));
    request.onload = () => {
      const content = parsed(request.responseText);
      if (request.status === 200) resolve(content);
      else reject(refusalIn(content, request.status));
    };
    request.send(file);
  });
}

/** The hexes of an unfinished import are again as before, but for those that were changed since. */
export const takeImportBack = (campaignId, importId) =>
  call("DELETE", at(campaignId, `map/imports/${encodeURIComponent(importId)}`));

function at(campaignId, what) {
  return `/api/campaigns/${encodeURIComponent(campaignId)}/${what}`;
}

function call(method, address, content) {
  return send(method, address, content === undefined ? undefined : JSON.stringify(content));
}

async function send(method, address, body) {
  const response = await fetched(method, address, body);
  const content = parsed(await response.text());
  if (!response.ok) throw refusalIn(content, response.status);
  return content;
}

async function fetched(method, address, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    return await fetch(address, { method, headers, body });
  } catch {
    throw new ApiError("unreachable", WORDS.unreachable);
  }
}

/** Streams can't be iterated in every browser yet. */
async function* chunksOf(stream) {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } catch {
    throw new ApiError("unreachable", WORDS.unreachable);
  }
}

/** Null for an empty answer, and for one that is not ours, such as a proxy's error page. */
function parsed(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function refusalIn(content, status) {
  const error = content?.error;
  return error ? new ApiError(error.code, error.message) : new ApiError("failed", WORDS.failed(status));
}
