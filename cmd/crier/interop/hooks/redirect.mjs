// The client has the address of its service as a constant, and no option for another one:
// the constant is replaced while the package is loaded.
import { register } from "node:module";

const base = JSON.stringify(process.env.CRIER_BASE).slice(1, -1);
const hook = `export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith("/social-media-api/index.js")) return loaded;
  const source = Buffer.from(loaded.source).toString();
  const changed = source.replace("https://api.ayrshare.com/api", ${JSON.stringify(base)});
  if (changed === source) throw new Error("social-media-api has no address to replace");
  return { ...loaded, source: changed };
}`;
register("data:text/javascript," + encodeURIComponent(hook));
