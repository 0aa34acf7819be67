// Asks Discord's renderer: a JSON string a line in, the HTML as a JSON string a line out.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { toHTML } = await import(pathToFileURL(process.argv[2]).href);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(toHTML(JSON.parse(line), { embed: true })) + "\n");
}
