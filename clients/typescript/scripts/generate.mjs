// Writes what the client knows of the service: src/schema.ts (types) and src/operations.ts (paths, and the places of
// int64 values), from an OpenAPI document. test/e2e/client-types.test.ts runs this script and compares the files.
//   node generate.mjs openapi.json FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString, oapiRef, NULL, STRING } from 'openapi-typescript';
import ts from 'typescript';

const { factory } = ts;
const [, , source, folder] = process.argv;
/** Without examples: those show int64 values as numbers. */
const document = JSON.parse(readFileSync(source, 'utf8'), (key, value) =>
  key === 'example' ? undefined : value,
);
const header = '// Made by scripts/generate.mjs of the OpenAPI document. Do not edit.\n';

const isInt64 = ({ format }) => format === 'int64';
/** Any text, shown by editors beside the known words, which `string` alone would hide. */
const anyText = factory.createIntersectionTypeNode([
  STRING,
  factory.createTypeReferenceNode('Record', [
    factory.createKeywordTypeNode(ts.SyntaxKind.NeverKeyword),
    factory.createKeywordTypeNode(ts.SyntaxKind.NeverKeyword),
  ]),
]);
const wordNode = (word) => factory.createLiteralTypeNode(factory.createStringLiteral(word));

/** int64 values are texts, and open words keep their known words. Everything else stays as the generator makes it. */
function transform(schema) {
  const types = [schema.type].flat();
  if (isInt64(schema)) return types.includes('null') ? factory.createUnionTypeNode([STRING, NULL]) : STRING;
  const words = schema['x-extensible-enum'];
  if (words) return factory.createUnionTypeNode([...words.map(wordNode), anyText]);
  const [known, open, ...more] = schema.anyOf ?? [];
  const isOpenWord = /\/Known\w+$/.test(known?.$ref ?? '') && open?.type === 'string' && more.length === 0;
  return isOpenWord ? factory.createUnionTypeNode([oapiRef(known.$ref), anyText]) : undefined;
}

const resolved = (schema) =>
  schema.$ref === undefined
    ? schema
    : resolved(
        schema.$ref
          .slice(2)
          .split('/')
          .reduce((part, name) => part[name], document),
      );

/**
 * Where an answer holds int64 values: `true` for such a value, an object by field name, undefined for none. Lists and
 * alternatives are transparent. @throws Error when one place is an int64 in one alternative only.
 */
function int64In(given) {
  const schema = resolved(given);
  if (isInt64(schema)) return true;
  const parts = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])].map(int64In);
  if (schema.items) parts.push(int64In(schema.items));
  const fields = Object.entries(schema.properties ?? {})
    .map(([name, field]) => [name, int64In(field)])
    .filter(([, found]) => found !== undefined);
  if (fields.length > 0) parts.push(Object.fromEntries(fields));
  return parts.filter((part) => part !== undefined).reduce(merged, undefined);
}

function merged(a, b) {
  if (a === undefined) return b;
  if (a === true && b === true) return true;
  if (a === true || b === true) throw new Error('An int64 in one alternative, and an object in another');
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, merged(a[name], b[name])]));
}

function operationOf(path, method, { operationId, parameters = [], responses }) {
  const names = parameters.filter((each) => ['path', 'query'].includes(each.in)).map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new Error(`${operationId}: a path and a query parameter share a name`);
  const bodies = Object.values(responses).map((each) => resolved(each).content?.['application/json']?.schema);
  const int64 = bodies
    .filter((schema) => schema !== undefined)
    .map(int64In)
    .reduce((a, b) => (b === undefined ? a : merged(a, b)), undefined);
  return [operationId, { method: method.toUpperCase(), path, ...(int64 && { int64 }) }];
}

const operations = Object.fromEntries(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(path, method, operation)),
  ),
);
const types = await openapiTS(document, { transform });
writeFileSync(join(folder, 'schema.ts'), `${header}${astToString(types)}`);
writeFileSync(
  join(folder, 'operations.ts'),
  `${header}export const operations = ${JSON.stringify(operations, null, 2)} as const;\n`,
);
