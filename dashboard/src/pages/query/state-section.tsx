import type { QueryDetail } from '../../api/types.ts'
import { Meter } from '../../components/meter.tsx'
import { numeric, Table } from '../../components/table.tsx'
import { Value } from '../../components/value.tsx'
import { bytesText, exactText } from '../../format.ts'

/** What each aggregation keeps, by partition. */
export function StateSection({ query }: { readonly query: QueryDetail }) {
  return (
    <section id="state" tabIndex={-1} aria-labelledby="state-title">
      <h2 id="state-title">State</h2>
      {query.state.length === 0 && <p class="quiet">This query keeps no state between batches.</p>}
      {query.state.map(s => {
        const greatest = Math.max(1, ...s.partitions.map(p => p.bytes))
        return (
          <div class="card" key={s.operator}>
            <h3>{s.operator}</h3>
            <p><Value of={s.rows} text={exactText} /> rows in <Value of={s.bytes} text={bytesText} /></p>
            {s.partitions.length > 0 && (
              <details open={s.partitions.length <= 16}>
                <summary>By partition</summary>
                <Table caption={`State of ${s.operator} by partition`} head={[numeric('Partition'), numeric('Rows'), numeric('Memory'), 'Compared']}>
                  {s.partitions.map(p => (
                    <tr key={p.partition}>
                      <th scope="row" class="n">{p.partition}</th>
                      <td class="n"><Value of={p.rows} text={exactText} /></td>
                      <td class="n"><Value of={p.bytes} text={bytesText} /></td>
                      <td><Meter share={p.bytes / greatest} /></td>
                    </tr>
                  ))}
                </Table>
              </details>
            )}
          </div>
        )
      })}
    </section>
  )
}
