// Writes src/openapi.ts: the types of the OpenAPI document that this package speaks of. The document's
// other schemas are left out, so that a change of theirs is no change here.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const SPOKEN_OF = ['TokenRequest', 'TokenAnswer', 'CodeAnswer', 'Error'];
const HEAD = '// Generated from openapi/openapi.yaml by `npm run generate`; a test compares the two.\n\n';

/** Returns the text of src/openapi.ts for the text of an OpenAPI document. */
export async function generate(document) {
  const { openapi, info, components } = parse(document);
  const schemas = {};
  const take = (name) => {
    if (name in schemas) return;
    schemas[name] = components.schemas[name];
    const references = JSON.stringify(schemas[name]).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, other] of references) take(other);
  };
  SPOKEN_OF.forEach(take);
  const types = await openapiTS({ openapi, info, paths: {}, components: { schemas } });
  return HEAD + astToString(types);
}

if (import.meta.filename === process.argv[1]) {
  const path = process.argv[2] ?? new URL('../../openapi/openapi.yaml', import.meta.url);
  const document = await readFile(path, 'utf8');
  await writeFile(new URL('src/openapi.ts', import.meta.url), await generate(document));
}
