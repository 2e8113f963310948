import type { CheckpointState, QueryDetail } from '../../api/types.ts'
import { numeric, Table } from '../../components/table.tsx'
import { Time } from '../../components/time.tsx'
import { exactText, plural } from '../../format.ts'

/** The batches that the checkpoint holds. */
export function CheckpointSection({ query, checkpoint: c }: { readonly query: QueryDetail; readonly checkpoint: CheckpointState | null }) {
  return (
    <section id="checkpoint" tabIndex={-1} aria-labelledby="checkpoint-title">
      <h2 id="checkpoint-title">Checkpoint</h2>
      {c === null
        ? <p class="quiet">{query.isActive ? 'Loading …' : <>The query has ended. <code>millrace checkpoint show {query.checkpointLocation}</code> reads its checkpoint.</>}</p>
        : (
            <div class="card">
              <p>
                {plural(c.batchCount, 'batch', 'batches')} kept, epoch {c.epoch}, {c.snapshots.length === 0 ? 'no snapshot of the state' : `snapshots after ${c.snapshots.map(s => `${s.batchId}${s.whole ? '' : ' (damaged)'}`).join(', ')}`}
                {c.preparedBatchId !== null && `, batch ${c.preparedBatchId} under way`}.
              </p>
              <Table isLimited caption="Batches in the checkpoint, newest first" head={[numeric('Batch'), 'Stands', 'Clock', 'Input', 'Watermark', numeric('Segments')]}>
                {c.batches.map(b => (
                  <tr key={`${b.batchId} ${b.attempt}`}>
                    <th scope="row" class="n">{b.batchId}</th>
                    <td>{b.committed ? 'committed' : 'prepared'}</td>
                    <td><Time of={b.time} /></td>
                    <td>{b.noData ? 'none, for its watermark' : b.sources.map(s => <div key={s.source}>{s.source}: {s.partitionCount === 1 ? s.partitions[0] : plural(s.partitionCount, 'slice')}</div>)}</td>
                    <td><Time of={b.watermark} /></td>
                    <td class="n">{exactText(b.deltas)}</td>
                  </tr>
                ))}
              </Table>
            </div>
          )}
    </section>
  )
}
