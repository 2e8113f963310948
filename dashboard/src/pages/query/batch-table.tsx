import type { Progress } from '../../api/types.ts'
import { numeric, Table } from '../../components/table.tsx'
import { Time } from '../../components/time.tsx'
import { Value } from '../../components/value.tsx'
import { countText, durationText, rateText } from '../../format.ts'

/** The charts as numbers. */
export function BatchTable({ batches }: { readonly batches: readonly Progress[] }) {
  return (
    <details class="as-table">
      <summary>As a table</summary>
      <Table caption="The last batches, newest first" head={[numeric('Batch'), 'Began', numeric('Rows'), numeric('Input'), numeric('Processed'), numeric('Duration'), numeric('Rows out'), numeric('State rows'), 'Watermark', numeric('Late'), numeric('Bad')]}>
        {batches.toReversed().map(b => (
          <tr key={b.batchId}>
            <th scope="row" class="n">{b.batchId}{b.isReplay && <span class="tag" title="Finished or run again after a crash">replay</span>}</th>
            <td><Time of={b.timestamp} /></td>
            <td class="n"><Value of={b.numInputRows} text={countText} /></td>
            <td class="n"><Value of={b.inputRowsPerSecond} text={rateText} /></td>
            <td class="n"><Value of={b.processedRowsPerSecond} text={rateText} /></td>
            <td class="n"><Value of={b.batchDuration} text={durationText} /></td>
            <td class="n"><Value of={b.sink.numOutputRows} text={countText} /></td>
            <td class="n"><Value of={b.stateOperators.reduce((n, s) => n + s.numRowsTotal, 0)} text={countText} /></td>
            <td><Time of={b.eventTime.watermark ?? null} /></td>
            <td class="n"><Value of={b.stateOperators.reduce((n, s) => n + s.numLateRows, 0)} text={countText} /></td>
            <td class="n"><Value of={b.sources.reduce((n, s) => n + s.numBadRecords, 0)} text={countText} /></td>
          </tr>
        ))}
      </Table>
    </details>
  )
}
