import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { count, explode, files, schema, Session, t, Trigger, window } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const post = schema({ at: t.timestamp(), user: t.string(), tags: t.array(t.string()) })
const home = schema({ user: t.string(), home: t.string() })

test.each([0, 2])('explain shows the stages, and after a batch the rows that passed each operator (%i workers)', async executors => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'in'))
  const line = (minute: number, user: string, tags: string[]): string => `${JSON.stringify({ at: `2024-03-01T10:0${minute}:00Z`, user, tags })}\n`
  await writeFile(join(folder, 'in', 'a.jsonl'), line(0, 'ann', ['x', 'y']) + line(1, 'bob', []) + line(2, 'eve', ['x']))
  await writeFile(join(folder, 'in', 'b.jsonl'), line(3, 'ann', ['z']) + line(4, 'nobody', ['x']))
  await writeFile(join(folder, 'homes.jsonl'), '{"user":"ann","home":"A"}\n{"user":"bob","home":"B"}\n{"user":"eve","home":"E"}\n')
  const session = await Session.start({ executors })
  try {
    const query = await session
      .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: post }))
      .withWatermark('at', '5 seconds')
      .where(({ user }) => user.ne('eve'))
      .join(session.readBatch(files({ path: join(folder, 'homes.jsonl'), format: 'jsonl', schema: home })), { on: ['user'] })
      .select('at', 'home', ({ tags }) => ({ tag: explode(tags) }))
      .groupBy(window('at', '10 minutes'), 'home')
      .agg(() => ({ n: count() }))
      .select('home', 'n')
      .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.once() })
      .start()
    await query.awaitTermination()
    const [, physical] = query.explain(true).split('== Physical plan ==\n')
    expect(physical.split('\n')).toEqual([
      'Stage 1.0: scan files-0 (files) [at, user, tags]  (5 rows)',
      // Conditions stand below the watermark that they do not read; the second one is of the inner join: no null keys.
      `   Filter (user <> 'eve')  (4 rows)`,
      '   Filter isnotnull(user)  (4 rows)',
      '   EventTimeWatermark at (watermark-0)  (4 rows)',
      '   BroadcastHashJoin inner with table-0  (3 rows)',
      '   Generate explode  (3 rows)',
      '   Project [at, home]  (3 rows)',
      '   PartialAggregate aggregate-0',
      '   Exchange by key into 8 partitions',
      'Stage 2: merge aggregate-0 (by window, watermarked), append  (2 rows)',
      '   Project [home, n]  (0 rows)',
      '   Write output',
    ])
    expect(query.explain()).toContain('EventTimeWatermark at, 5 seconds')
    expect(query.explain()).not.toContain('Physical')
  } finally {
    await session.stop()
  }
})
