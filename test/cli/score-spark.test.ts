import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { scoreCommand } from '../../src/cli/score-command.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { pipeline } from '../ml/spark/support.ts'
import { temporaryFolder } from '../streaming/support.ts'

async function score(lines: readonly string[]): Promise<unknown[]> {
  const folder = await temporaryFolder()
  const stages = [
    { class: 'feature.Bucketizer', params: { inputCol: 'x', outputCol: 'b', splits: ['-Inf', 0, 'Inf'], handleInvalid: 'skip' } },
    { class: 'feature.SQLTransformer', params: { statement: "SELECT *, CASE WHEN s = 'low' THEN 1 ELSE 2 END AS k FROM __THIS__" } },
    { class: 'feature.VectorAssembler', params: { inputCols: ['x', 'b'], outputCol: 'f' } },
  ]
  for (const { path, bytes } of (await pipeline(stages)).files) {
    await mkdir(dirname(`${folder}/model/${path}`), { recursive: true })
    await writeFile(`${folder}/model/${path}`, bytes)
  }
  await writeFile(`${folder}/input.jsonl`, lines.join('\n'))
  const out: string[] = []
  expect(await scoreCommand(['--model', `${folder}/model`, '--input', `${folder}/input.jsonl`], { out: text => out.push(text), err: text => out.push(text) }, nodePorts)).toBe(0)
  return out.join('').trimEnd().split('\n').map(line => JSON.parse(line) as unknown)
}

test('numbers written as words stand among others, dropped rows are absent, and a row of text says why', async () => {
  expect(await score(['{"rid":1,"x":1.5,"s":"low"}', '{"rid":2,"x":"Infinity","s":"high"}', '{"rid":3,"x":"NaN"}', '{"rid":4,"x":"seven"}', '{"rid":5,"x":-2}'])).toEqual([
    { rid: 1, b: 1, k: 1, f: [1.5, 1] },
    { rid: 2, b: 1, k: 2, f: ['Infinity', 1] },
    { error: 'ML_SCORING_FAILED', message: expect.stringContaining('"x"') as string },
    { rid: 5, b: 0, k: 2, f: [-2, 0] },
  ])
})
