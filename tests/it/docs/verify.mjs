// Shows a verifier, snippet.mjs, the tokens of a file, and prints those that it judges otherwise.
import { readFile } from 'node:fs/promises';
import { verify } from './snippet.mjs';

const { tokens } = JSON.parse(await readFile(process.argv[2], 'utf8'));
for (const { name, accept, token } of tokens) {
  const { sub } = await verify(token).catch(() => ({}));
  if ((sub !== undefined) !== accept) console.log(name);
}
console.log('judged', tokens.length);
