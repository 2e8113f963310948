import { files, schema, t } from 'millrace'
import { golden } from '../golden-query.ts'

const sale = schema({ id: t.int32(), item: t.nullable(t.string()), price: t.nullable(t.float64()), pieces: t.int32(), sold: t.timestamp() })

/** Rows come and go one by one: a condition over nulls, computed columns, text beyond ASCII. */
export default golden({
  frame: (session, input) =>
    session
      .readStream(files({ path: `${input}/*.csv`, format: 'csv', formatOptions: { header: true }, schema: sale, maxFilesPerTrigger: 2 }))
      .where(({ price, pieces }) => price.gt(1).and(pieces.ne(0)))
      .select('id', 'item', ({ price, pieces, sold }) => ({ total: price.times(pieces), sold })),
})
