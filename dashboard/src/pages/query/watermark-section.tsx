import type { QueryDetail } from '../../api/types.ts'
import { numeric, Table } from '../../components/table.tsx'
import { Time } from '../../components/time.tsx'
import { durationText } from '../../format.ts'

/** Event time, and which input the watermark waits for. */
export function WatermarkSection({ query: { watermark, isActive } }: { readonly query: QueryDetail }) {
  const slow = watermark.inputs.filter(i => i.holdsBack)
  return (
    <section id="watermark" tabIndex={-1} aria-labelledby="watermark-title">
      <h2 id="watermark-title">Watermark</h2>
      {watermark.inputs.length === 0
        ? <p class="quiet">This query has no withWatermark(): nothing is late, and no group is closed by time.</p>
        : (
            <div class="card">
              <p>
                {watermark.watermark === null ? 'There is no watermark yet: it comes with the first rows.' : <>Rows before <Time of={watermark.watermark} /> are late.</>}
                {isActive && slow.length > 0 && <> It waits for {slow.map(i => i.sources.join(', ')).join(' and ')}.</>}
              </p>
              <Table caption="Inputs of the watermark" head={['Input', 'Column', numeric('Late rows waited for'), 'Its watermark', 'Last row', 'Holds back']}>
                {watermark.inputs.map(i => (
                  <tr key={i.node}>
                    <th scope="row">{i.sources.join(', ')}</th>
                    <td>{i.column}</td>
                    <td class="n">{durationText(i.delayMs)}</td>
                    <td><Time of={i.watermark} /></td>
                    <td><Time of={i.lastRowAt} /></td>
                    <td>{i.holdsBack ? 'yes' : 'no'}</td>
                  </tr>
                ))}
              </Table>
            </div>
          )}
    </section>
  )
}
