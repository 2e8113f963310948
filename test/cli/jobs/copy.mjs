import { appendFileSync, readFileSync } from 'node:fs'
import { defineJob, files, foreachBatch, schema, setting, t } from 'millrace'

const numbers = schema({ id: t.int32() })

/** Copies numbers to a file, a line a batch. What the sink does stands in the file `behaviour`, so that it can change. */
export default defineJob({
  name: 'copy',
  doc: 'Copies numbers.',
  config: {
    input: setting.text({ doc: 'Folder of the numbers.' }),
    output: setting.text({ doc: 'File of the copies.' }),
    checkpoint: setting.text({ doc: 'Folder of the checkpoint.' }),
    behaviour: setting.text({ doc: 'File that says what the sink does.' }),
    maxRows: setting.integer({ doc: 'Rows of a page.', default: 5, min: 1 }),
    ratio: setting.number({ doc: 'A ratio.', default: 0.5, min: 0, max: 1 }),
    strict: setting.boolean({ doc: 'Strictness.', default: false }),
    every: setting.duration({ doc: 'An interval.', default: '5 seconds' }),
    mode: setting.oneOf(['fast', 'exact'], { doc: 'How to copy.', default: 'fast' }),
    tags: setting.list({ doc: 'Tags.', default: [] }),
    apiKey: setting.optional(setting.secret({ doc: 'Key of the service.' })),
  },
  restart: { initialDelay: '5ms', maxDelay: '20ms' },
  queries: (session, { input, output, checkpoint, behaviour, apiKey }, { logger }) => {
    logger.info({ given: String(apiKey), revealed: apiKey?.reveal(), json: { apiKey } }, `Speaks to the service with ${apiKey?.reveal()}.`)
    return session.readStream(files({ path: input, format: 'jsonl', schema: numbers, maxFilesPerTrigger: 1 })).writeStream({
      name: 'copy',
      checkpointLocation: checkpoint,
      sink: foreachBatch(async (rows, { batchId }) => {
        const act = readFileSync(behaviour, 'utf8').trim()
        if (act === 'refused') throw Object.assign(new Error(`connect ECONNREFUSED with ${apiKey?.reveal()}`), { code: 'ECONNREFUSED' })
        if (act === 'mistake') throw new Error(`The service does not know\n${encodeURIComponent(apiKey?.reveal() ?? '')}`)
        if (act === 'loose') void Promise.reject(new Error(`Forgotten ${apiKey?.reveal()}`))
        if (act === 'hang') {
          appendFileSync(output, 'hanging\n')
          await new Promise(() => {})
        }
        appendFileSync(output, `${JSON.stringify({ batchId, ids: rows.rows().map(r => r.id) })}\n`)
      }),
    })
  },
})
