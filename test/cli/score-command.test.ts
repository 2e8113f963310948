import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { modelCommand } from '../../src/cli/model-command.ts'
import { doctorCommand } from '../../src/cli/doctor-command.ts'
import { scoreCommand } from '../../src/cli/score-command.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { temporaryFolder } from '../streaming/support.ts'

const model = 'examples/flights/models/xgb-delay30.json'

type Command = typeof scoreCommand

async function run(command: Command, ...args: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const code = await command(args, { out: text => out.push(text), err: text => errors.push(text) }, nodePorts)
  return { code, out: out.join(''), mistake: errors.join('\n').split('\n')[0] }
}

const rows = (text: string): Record<string, unknown>[] => text.split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Record<string, unknown>)

async function inputOf(...lines: string[]): Promise<string> {
  const path = `${await temporaryFolder()}/input.jsonl`
  await writeFile(path, lines.join('\n'))
  return path
}

test('each line with something on it gets one answer, in order, and what cannot be read says why', async () => {
  const good = '{"hour": 7, "distance": 500.5, "nobody_knows": [1]}'
  const input = await inputOf(good, '', '{"hour": "seven"}', 'no json', '  ', good, '{}')
  const { code, out } = await run(scoreCommand, '--model', model, '--input', input)
  expect(code).toBe(0)
  const [first, second, third, fourth, fifth, ...more] = rows(out)
  expect(more).toEqual([])
  expect(first).toEqual(fourth)
  expect(second).toEqual({ error: 'ML_SCORING_FAILED', message: expect.stringContaining('"hour"') as string })
  expect(third).toMatchObject({ error: 'ML_SCORING_FAILED' })
  // Nothing is known of the last one, which is an answer too, and another one.
  expect(Object.keys(fifth)).toEqual(Object.keys(first))
  expect(fifth).not.toEqual(first)
})

test('the answers go to a file, which they replace, and rid comes along', async () => {
  const input = await inputOf('{"rid": 7, "hour": 7}', '{"rid": 8, "hour": null}')
  const target = `${await temporaryFolder()}/scores.jsonl`
  await writeFile(target, 'old\n'.repeat(1000))
  expect(await run(scoreCommand, '--model', model, '--input', input, '--output', target)).toEqual({ code: 0, out: '', mistake: '' })
  expect(rows(await readFile(target, 'utf8')).map(r => r.rid)).toEqual([7, 8])
})

test('an input of many chunks is answered as a whole', async () => {
  const lines = Array.from({ length: 40_000 }, (_, k) => JSON.stringify(k % 1000 === 999 ? { rid: 'x' } : { rid: k, hour: k % 24, filler: 'x'.repeat(60) }))
  const input = await inputOf(...lines.map(l => l.replace('"rid":"x"', '"hour":"x"')))
  const answers = rows((await run(scoreCommand, '--model', model, '--input', input)).out)
  expect(answers.length).toBe(lines.length)
  expect(answers.flatMap((r, k) => (r.rid === k ? [] : [k]))).toEqual(Array.from({ length: 40 }, (_, k) => k * 1000 + 999))
})

test('mistakes in the arguments are said before the usage, with exit code 2', async () => {
  expect([
    await run(scoreCommand, '--model', model),
    await run(scoreCommand, '--model', model, '--input', 'x', '--with', 'leafs'),
    await run(scoreCommand, '--modle', model),
    await run(scoreCommand, '--model'),
    await run(scoreCommand, '--model', model, '--input', 'x', 'y'),
    await run(modelCommand, 'inspct', model),
    await run(modelCommand, 'inspect'),
    await run(modelCommand, 'verify', model, '--input', 'x'),
    await run(modelCommand, 'verify', model, '--input', 'x', '--expected', 'y', '--tolerance', '-1'),
    await run(doctorCommand, 'now'),
  ].map(({ code, mistake }) => `${code} ${mistake}`)).toEqual([
    '2 "--input" is missing.',
    '2 There is no extra "leafs", only contributions, leaves, margin, stages.',
    '2 There is no option "--modle". Did you mean "model"?',
    '2 "--model" needs a value.',
    '2 "y" is too many.',
    '2 There is no command "model inspct", only "inspect" and "verify".',
    '2 What to do (inspect or verify), or the model, is missing.',
    '2 "--expected" is missing.',
    '2 "--tolerance" takes a number from 0 up, not "-1".',
    '2 "now" is too many.',
  ])
  await expect(run(scoreCommand, '--model', model, '--input', 'nowhere.jsonl')).rejects.toMatchObject({ code: 'FORMAT_UNREADABLE' })
  await expect(run(scoreCommand, '--model', 'nowhere', '--input', await inputOf('{}'))).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
})

test('inspect names the format, the digest and what goes in and out', async () => {
  const { out } = await run(modelCommand, 'inspect', model)
  expect(out).toContain('format   xgboost')
  expect(out).toMatch(/digest {3}[0-9a-f]{64}/)
  const described = JSON.parse((await run(modelCommand, 'inspect', model, '--json')).out) as { inputs: { name: string }[]; outputs: { name: string }[] }
  expect(described.inputs.map(i => i.name)).toContain('distance')
  expect(described.outputs.map(o => o.name)).toContain('prediction')
})

test('verify finds the row and the field that differ', async () => {
  const input = await inputOf('{"hour": 7}', '{"hour": 18}', '{"hour": 3}')
  const expected = `${await temporaryFolder()}/expected.jsonl`
  const answers = rows((await run(scoreCommand, '--model', model, '--input', input)).out) as Record<string, number>[]
  await writeFile(expected, answers.map(a => JSON.stringify(a)).join('\n'))
  expect(await run(modelCommand, 'verify', model, '--input', input, '--expected', expected, '--tolerance', '0')).toMatchObject({ code: 0, out: expect.stringContaining('3 rows agree within 0') as string })
  const [name] = Object.keys(answers[0])
  answers[1][name] -= 0.25
  await writeFile(expected, answers.map(a => JSON.stringify(a)).join('\n'))
  const report = await run(modelCommand, 'verify', model, '--input', input, '--expected', expected, '--json')
  expect(report.code).toBe(1)
  expect(JSON.parse(report.out)).toMatchObject({ rows: 3, wrongRows: 1, fields: expect.arrayContaining([{ name, largest: expect.closeTo(0.25, 9) as number, wrong: 1, firstWrong: 2 }]) as unknown })
})

test('doctor says of each format whether it works', async () => {
  const { code, out } = await run(doctorCommand, '--json')
  expect(code).toBe(0)
  const { formats } = JSON.parse(out) as { formats: { format: string; works: boolean; fix: string }[] }
  expect(formats).toContainEqual({ format: expect.stringContaining('XGBoost') as string, works: true, fix: '' })
  expect((await run(doctorCommand)).out).toContain('yes  XGBoost')
})
