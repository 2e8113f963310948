/** What each command says of itself, apart from its code: help is there before anything else is loaded. */
export const checkpointUsage = `millrace checkpoint show DIR [--json]
millrace checkpoint verify DIR [--json]

The query must not be running: a checkpoint is held by one process at a time.
`

export const scoreUsage = `millrace score --model PATH --input FILE.jsonl [--output FILE.jsonl] [--with EXTRAS]

Scores each line of a file with a model and writes one line for it, with the names that the model's own library gives to
its results. A line that cannot be scored becomes {"error", "message"}. Columns that the model does not know are ignored,
those that are not there are missing. Without --output the lines go to standard output.

  --with contributions,leaves,margin,stages   also what costs more: how much each feature added, the leaf of each tree,
                                              scores before the link function, scores after each tree
`

export const modelUsage = `millrace model inspect PATH [--json]
millrace model verify PATH --input FILE.jsonl --expected FILE.jsonl [--tolerance T] [--json]

inspect   format, digest, size, inputs and outputs of a model
verify    scores each line of --input and compares with the same line of --expected, which has the library's own answers
          under its own names; exit code 1 when one differs by more than T times max(1, |expected|), T being 1e-6 unless given
`

export const doctorUsage = `millrace doctor [--json]

What is installed, which model formats can be scored, and what to run for the rest.
`

/** By command. */
export const usages: ReadonlyMap<string, string> = new Map([['checkpoint', checkpointUsage], ['score', scoreUsage], ['model', modelUsage], ['doctor', doctorUsage]])
