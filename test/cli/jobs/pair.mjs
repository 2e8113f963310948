import { defineJob, files, schema, setting, t } from 'millrace'

const numbers = schema({ id: t.int32() })

/** Two queries that have nothing to do with each other. */
export default defineJob({
  name: 'pair',
  config: {
    left: setting.text({ doc: 'Folder of the one.' }),
    right: setting.text({ doc: 'Folder of the other.' }),
    top: setting.text({ doc: 'Folder of outputs and checkpoints.' }),
    out: setting.optional(setting.text({ doc: 'Folder of outputs, if it is another.' })),
  },
  restart: { initialDelay: '5ms', maxDelay: '20ms' },
  queries: (session, { left, right, top, out }) =>
    Object.entries({ left, right }).map(([name, path]) =>
      session.readStream(files({ path, format: 'jsonl', schema: numbers, maxFilesPerTrigger: 1 })).writeStream({
        name,
        checkpointLocation: `${top}/checkpoint-${name}`,
        sink: files({ path: `${out ?? top}/${name}`, format: 'jsonl' }),
      }),
    ),
})
