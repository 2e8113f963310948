import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { CopyPlace, JobProcess, jobFile, run } from './job-process.ts'

const copy = jobFile('copy')
const secret = 'hunter2/and "more"'

async function fileOf(content: string): Promise<string> {
  const path = join(await temporaryFolder(), 'file')
  await writeFile(path, content)
  return path
}

describe('settings', () => {
  test('a flag goes before the environment, which goes before the file, which goes before the default; what holds is printed', async () => {
    const place = await CopyPlace.make()
    const config = await fileOf(JSON.stringify({ maxRows: 1, ratio: 0.25, mode: 'exact', tags: ['x', 'y, z'] }))
    const { code, log } = await run(['run', copy, '--once', ...place.settings, '--config', config, '--set', 'maxRows=2', '--set', 'maxRows=3'], { MILLRACE_MAX_ROWS: '4', MILLRACE_RATIO: '0.75', MILLRACE_STRICT: 'true' })
    expect(code).toBe(0)
    const { config: shown, from } = log()[0] as unknown as { config: Record<string, unknown>; from: Record<string, string> }
    expect(shown).toMatchObject({ maxRows: 3, ratio: 0.75, strict: true, mode: 'exact', every: '5 seconds', tags: ['x', 'y, z'], apiKey: null })
    expect(from).toMatchObject({ maxRows: 'flag', ratio: 'environment', strict: 'environment', mode: 'file', tags: 'file', every: 'default', apiKey: 'default' })
  })

  test.each([
    ['a number where a whole one is needed', ['--set', 'maxRows=1.5'], {}, 'JOB_INVALID_SETTING: Setting "maxRows" is "1.5" (from --set), but it must be a whole number from 1.'],
    ['text for a number', [], { MILLRACE_RATIO: 'half' }, 'JOB_INVALID_SETTING: Setting "ratio" is "half" (in MILLRACE_RATIO), but it must be a number from 0 up to 1.'],
    ['a truth that is none', ['--set', 'strict=yes'], {}, 'JOB_INVALID_SETTING: Setting "strict" is "yes" (from --set), but it must be true or false.'],
    ['no length of time', ['--set', 'every=soon'], {}, 'JOB_INVALID_SETTING: Setting "every" is "soon" (from --set), but it must be a length of time such as "10 minutes".'],
    ['none of the choices', ['--set', 'mode=slow'], {}, 'JOB_INVALID_SETTING: Setting "mode" is "slow" (from --set), but it must be one of "fast", "exact".'],
    ['a name that is close to one', ['--set', 'maxRow=1'], {}, 'Did you mean "maxRows"?'],
    ['a name from the prototype', ['--set', '__proto__=1'], {}, 'JOB_UNKNOWN_SETTING: There is no setting "__proto__" (from --set).'],
    ['control characters in what is shown', ['--set', 'mode=\u001b[31m'], {}, 'Setting "mode" is "\\u001b[31m" (from --set)'],
  ])('%s is refused by name', async (_, args, environment, message) => {
    const place = await CopyPlace.make()
    const { code, out, err } = await run(['run', copy, ...place.settings, ...args], environment)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  test('a variable that is close to one and is not read is warned of', async () => {
    const place = await CopyPlace.make()
    const { code, log } = await run(['run', copy, '--once', ...place.settings], { MILLRACE_MAXROWS: '4', MILLRACE_SOMETHING_ELSE_ALTOGETHER: '1', MILLRACE_ADMIN_TOKEN: 'a-token-of-enough-characters' })
    expect([code, log().filter(l => l.level === 'warn').map(l => l.message)]).toEqual([0, ['The environment variable MILLRACE_MAXROWS is no setting and is not read. Did you mean MILLRACE_MAX_ROWS?']])
  })

  test('one that is missing is named with the ways to give it', async () => {
    const { code, err } = await run(['run', copy])
    expect([code, err]).toEqual([2, 'JOB_INVALID_SETTING: Setting "input" is missing. Give text, with --set input=…, the environment variable MILLRACE_INPUT, or in the file of --config: Folder of the numbers.\n'])
  })

  test.each([
    ['no JSON', '{"maxRows": 1,\n "mode": fast}', 'is not JSON.'],
    ['a list', '[1]', 'is JSON, but no object.'],
    ['a value of another kind', '{"maxRows": "7"}', 'Setting "maxRows" is "7" (in '],
    ['a name that is none', '{"__proto__": 1}', 'There is no setting "__proto__"'],
    ['bytes that are no text', '\u00ff', null],
  ])('a configuration that is %s is refused', async (_, content, message) => {
    const path = await fileOf('')
    await writeFile(path, content, message === null ? 'latin1' : 'utf8')
    const { code, out, err } = await run(['run', copy, ...(await CopyPlace.make()).settings, '--config', path])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message ?? 'is not UTF-8 text.')
  })

  test('a configuration that is not there is refused', async () => {
    const { code, err } = await run(['run', copy, '--config', '/nowhere/config.json'])
    expect([code, err]).toEqual([2, 'JOB_CONFIG_UNREADABLE: The configuration "/nowhere/config.json" does not exist. Correct the path after --config.\n'])
  })
})

describe('a secret', () => {
  test('is in no line, no answer and no file, whatever prints it and whatever fails with it', async () => {
    const place = await CopyPlace.make('mistake')
    const job = new JobProcess(['run', copy, ...place.settings, '--log-level', 'debug'], { MILLRACE_API_KEY: secret })
    expect(await job.exit()).toBe(1)
    const everywhere = job.out + job.err + (await place.everything())
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), 'hunter2']) expect(everywhere).not.toContain(form)
    expect(job.log[0].config).toMatchObject({ apiKey: '***' })
    expect(job.log[1]).toMatchObject({ message: 'Speaks to the service with ***.', given: '***', revealed: '***', json: { apiKey: '***' } })
    expect(job.log.find(l => l.level === 'error')?.message).toContain('The service does not know\n***.')
  })

  test('is not in what the admin server answers', async () => {
    const place = await CopyPlace.make('refused')
    const job = new JobProcess(['run', jobFile('patient'), ...place.settings, '--admin', '127.0.0.1:0'], { MILLRACE_API_KEY: secret })
    await job.line(l => l.attempt === 1)
    const url = String((await job.line(l => l.url !== undefined)).url)
    for (const path of ['/readyz', '/api/v1/process', '/api/v1/queries', '/api/v1/queries/copy', '/api/v1/errors']) {
      const text = await (await fetch(`${url}${path}`)).text()
      expect([path, text.includes('***'), text.includes('hunter2')]).toEqual([path, true, false])
    }
    const { configuration } = (await (await fetch(`${url}/api/v1/process`)).json()) as { configuration: unknown }
    expect(configuration).toMatchObject({ apiKey: '***', maxRows: 5 })
  })

  test.each([
    ['a file of the environment', (path: string) => [[], { MILLRACE_API_KEY_FILE: path }] as const],
    ['a file after --set', (path: string) => [['--set', `apiKey=file:${path}`], {}] as const],
    ['a variable after --set', () => [['--set', 'apiKey=env:ANOTHER'], { ANOTHER: secret }] as const],
  ])('is read from %s', async (_, given) => {
    const place = await CopyPlace.make()
    const [args, environment] = given(await fileOf(`${secret}\n`))
    const { code, out, log } = await run(['run', copy, '--once', ...place.settings, ...args], environment)
    // Masked, so it was known; with the line end it would have been another.
    expect([code, out.includes('hunter2'), log()[1].message]).toEqual([0, false, 'Speaks to the service with ***.'])
  })

  test('is read from a file that the configuration names', async () => {
    const place = await CopyPlace.make()
    const config = await fileOf(JSON.stringify({ apiKey: { file: await fileOf(secret) } }))
    const { code, log } = await run(['run', copy, '--once', ...place.settings, '--config', config])
    expect([code, log()[1].message]).toEqual([0, 'Speaks to the service with ***.'])
  })

  test.each([
    ['on the command line', (place: CopyPlace) => Promise.resolve([...place.settings, '--set', `apiKey=${secret}`])],
    ['in the configuration', async (place: CopyPlace) => [...place.settings, '--config', await fileOf(JSON.stringify({ apiKey: secret }))]],
    ['in a configuration that is no JSON', async (place: CopyPlace) => [...place.settings, '--config', await fileOf(`{"apiKey": ${secret}}`)]],
  ])('that stands openly %s is refused, and not repeated', async (_, args) => {
    const { code, out, err } = await run(['run', copy, ...(await args(await CopyPlace.make()))])
    expect([code, out, err.includes('hunter2')]).toEqual([2, '', false])
    expect(err).toMatch(/^JOB_(SECRET_EXPOSED|CONFIG_UNREADABLE): /)
  })

  test('that is too short to be masked, or not there, is refused', async () => {
    const place = await CopyPlace.make()
    expect(await run(['run', copy, ...place.settings], { MILLRACE_API_KEY: 'abc' })).toMatchObject({ code: 2, err: expect.stringContaining('it has 3 characters') as string })
    expect(await run(['run', copy, ...place.settings], { MILLRACE_API_KEY_FILE: '/nowhere/key' })).toMatchObject({ code: 2, err: expect.stringContaining('the file "/nowhere/key": there is no such file') as string })
  })
})

describe('what is called wrongly', () => {
  test.each([
    [['run'], 'The job (a module whose default export defineJob() made) is missing.'],
    [['run', copy, '--exectors', '2'], 'There is no option "--exectors". Did you mean "executors"?'],
    [['run', copy, '--executors', 'two'], '"--executors" is a whole number from 0 up to 256, not "two".'],
    [['run', copy, '--grace', 'short'], '"--grace" is a length of time such as "25 seconds", not "short".'],
    [['run', copy, '--log-level', 'all'], '"--log-level" is debug, info, warn or error, not "all".'],
    [['run', copy, '--set', 'maxRows'], '"--set" takes NAME=VALUE.'],
    [['run', copy, '--control'], '"--control" is for the admin server: give "--admin" too.'],
    [['run', '/nowhere/job.js'], 'JOB_INVALID: There is no file "/nowhere/job.js".'],
    [['run', jobFile('no-job')], 'has no job as its default export.'],
    [['run', jobFile('broken')], 'cannot be loaded: '],
  ])('%j: %s', async (args, message) => {
    const { code, out, err } = await run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  test.each([
    ['an address that others can reach', ['--admin', '0.0.0.0:0']],
    ['control', ['--admin', '127.0.0.1:0', '--control']],
  ])('%s needs a token', async (_, args) => {
    const place = await CopyPlace.make()
    const { code, err } = await run(['run', copy, ...place.settings, ...args])
    expect([code, err.startsWith('ADMIN_TOKEN_REQUIRED: ')]).toEqual([2, true])
  })
})

test('--help lists the settings of a job, as text and as JSON', async () => {
  const text = await run(['run', copy, '--help'])
  expect([text.code, text.err]).toEqual([0, ''])
  expect(text.out).toContain('  maxRows     Rows of a page. (a whole number from 1; default 5; MILLRACE_MAX_ROWS)')
  expect(text.out).toContain('  apiKey      Key of the service. (a secret; not needed; from MILLRACE_API_KEY, MILLRACE_API_KEY_FILE, or file:PATH)')
  const json = JSON.parse((await run(['run', '--help', copy, '--json'])).out) as { name: string; config: { name: string }[] }
  expect([json.name, json.config.map(c => c.name).slice(0, 5)]).toEqual(['copy', ['input', 'output', 'checkpoint', 'behaviour', 'maxRows']])
})

test.each(['run', 'status', 'progress', 'stop', 'checkpoint', 'score', 'model', 'doctor'])('%s --help says what the command takes', async command => {
  const { code, out } = await run([command, '--help'])
  expect([code, out.startsWith(`millrace ${command} `)]).toEqual([0, true])
})
