import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { describeSchema } from '../../src/columnar/schema.ts'
import { type Row, rowsOf } from '../../src/columnar/values.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { csvFormat } from '../../src/formats/csv/csv-format.ts'
import { decodeFile, sampleFile } from '../../src/formats/decode-file.ts'
import { jsonlFormat } from '../../src/formats/jsonl/jsonl-format.ts'
import { decode, encode, utf8 } from './helpers.ts'

// The first 300 flights of 2013-01-08 from New York, out of the public-domain table that the flight examples use.
const path = fileURLToPath(new URL('../fixtures/formats/flights.jsonl.gz', import.meta.url))
const text = gunzipSync(readFileSync(path)).toString()
const flight = schema({
  id: t.int32(), event_time: t.timestamp(), known_time: t.timestamp(), carrier: t.string(), flight: t.int32(), tailnum: t.nullable(t.string()),
  origin: t.string(), dest: t.string(), distance: t.int32(), hour: t.int32(), dow: t.int32(), time_hour: t.timestamp(), cancelled: t.boolean(),
  dep_delay: t.nullable(t.int32()), air_time: t.nullable(t.int32()), arr_delay: t.nullable(t.int32()),
})
const expected = text.trimEnd().split('\n').map(line => {
  const row = JSON.parse(line) as Row
  for (const name of ['event_time', 'known_time', 'time_hour']) row[name] = new Date(row[name] as string)
  return row
})

test('a real file, the same as JSON.parse reads it', async () => {
  const rows: Row[] = []
  for await (const batch of decodeFile(nodeFileSystem, path, jsonlFormat, flight, {}, { origin: 'flights', onBadRecord: 'fail', bad: () => undefined })) rows.push(...rowsOf(batch))
  expect(rows).toEqual(expected)
})

test('written again, the same bytes', () => {
  expect(encode(jsonlFormat, flight, decode(jsonlFormat, flight, text).batches)).toBe(text)
})

test('through CSV and back, the same rows', () => {
  const csv = encode(csvFormat, flight, decode(jsonlFormat, flight, text).batches, { header: true })
  expect(decode(csvFormat, flight, csv, { header: true }).rows).toEqual(expected)
  expect(utf8(csv).length).toBeLessThan(text.length)
})

test('its schema is guessed from a sample', async () => {
  const guessed = await jsonlFormat.inferSchema({ files: nodeFileSystem, path, sample: await sampleFile(nodeFileSystem, path, 20_000) }, {})
  expect(describeSchema(guessed)).toBe(
    describeSchema(flight).replaceAll('int32', 'integer').split('\n').map(line => (line.endsWith('(nullable)') ? line : `${line} (nullable)`)).join('\n'),
  )
})
