/** The HTTP calls. Every failure is an ApiError with a code and a text for the person. */

import { WORDS } from "./words.js";

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

export const listCampaigns = async () => (await call("GET", "/api/campaigns")).campaigns;
export const createCampaign = (name) => call("POST", "/api/campaigns", { name });

/** `name` may be left out by somebody with a session or a sign-in link. */
export const redeemInvite = (token, name) => call("POST", "/api/invites/redeem", { token, name });
export const createInvite = (campaignId, invite) => call("POST", at(campaignId, "invites"), invite);

export const getMap = (campaignId) => call("GET", at(campaignId, "map"));
/** `file` goes as it is: the server names the place that is off. */
export const importMap = (campaignId, file) => send("POST", at(campaignId, "map"), file);

function at(campaignId, what) {
  return `/api/campaigns/${encodeURIComponent(campaignId)}/${what}`;
}

function call(method, address, content) {
  return send(method, address, content === undefined ? undefined : JSON.stringify(content));
}

async function send(method, address, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  try {
    response = await fetch(address, { method, headers, body });
  } catch {
    throw new ApiError("unreachable", WORDS.unreachable);
  }
  const content = await jsonOf(response);
  if (!response.ok) throw refusalIn(content, response.status);
  return content;
}

/** Null for an empty answer, and for one that is not ours, such as a proxy's error page. */
async function jsonOf(response) {
  const text = await response.text();
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
