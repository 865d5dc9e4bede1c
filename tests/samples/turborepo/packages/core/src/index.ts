export { share } from "./share.ts";
export { euros } from "./money.ts";
