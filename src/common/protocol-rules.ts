/**
 * The rules of the commit protocol that the torture switches off one at a time, to prove that it would notice
 * (docs/torture.md). A program always runs with all of them: {@link protocolRules}. Numbers are those of the
 * protocol's rules.
 */
export interface ProtocolRules {
  // ---- writing a batch
  /** 5: prepare is synced before the first sink commits. */
  readonly prepareSynced: boolean
  /** 5: prepare is one write, so that record, deltas and what sources remember come together or not at all. */
  readonly prepareAtomic: boolean
  /** 5: deltas are in prepare, not written after the sinks have committed. */
  readonly deltasInPrepare: boolean
  /** 5: prepare returns before the first sink commits. */
  readonly prepareBeforePublish: boolean
  /** 6: the commit mark follows the commit of the sinks. */
  readonly commitAfterPublish: boolean
  /** 6: and of every one of them, not of the first alone. */
  readonly commitAfterAllSinks: boolean
  /** 4: the record holds the next watermark, so that a restart goes on from there. */
  readonly nextWatermarkRecorded: boolean
  /** 2: attempts have keys of their own. */
  readonly attemptsKeptApart: boolean
  /** 8: sinks without look-up come first, so that a token in a look-up sink proves that they are done. */
  readonly publishInOrder: boolean
  /** §5: a source may forget a batch once the next one is prepared. */
  readonly forgetAfterNextPrepare: boolean
  /** §6: an unknown outcome is resolved by fencing and looking, and not taken for success. */
  readonly unknownIsNotSuccess: boolean
  /** §6: nor for failure. */
  readonly unknownIsNotFailure: boolean
  // ---- opening
  /** 11: the new epoch is greater than every earlier one. */
  readonly epochBumped: boolean
  /** 11: the new epoch is above that of every sink, not of the checkpoint alone. */
  readonly epochAboveSinks: boolean
  /** 12: what a sink holds is its answer at the moment of the fence, not one from before. */
  readonly lookUpAtFence: boolean
  /** 14: sinks are compared with the checkpoint also when no batch is in doubt. */
  readonly comparedWithoutDoubt: boolean
  /** 14: the comparison looks at tokens, not at batch ids alone. */
  readonly tokensCompared: boolean
  /** 13: a sink without its marker has lost it. */
  readonly absentMarkerIsLoss: boolean
  /** 2, 17: records must follow each other, and what sources remember must be whole. */
  readonly chainChecked: boolean
  // ---- recovery
  /** 18 to 20: the tokens that sinks hold decide how a prepared batch goes on. */
  readonly lookUpDecides: boolean
  /** 21: a prepared batch keeps its input. */
  readonly preparedKeepsInput: boolean
  /** 23: the output is spooled when several look-up sinks cannot resume. */
  readonly spoolForced: boolean
  /** 19: a recomputed output and state are compared with the recorded ones. */
  readonly recomputedCompared: boolean
  // ---- snapshots and clean-up
  /** §5: deltas are kept from the older of two snapshots on, not from the newest. */
  readonly deltasToOlderSnapshot: boolean
  /** §5: deltas go after the manifest that makes them superfluous was written. */
  readonly deletionAfterManifest: boolean
  /** §5: the manifest follows the pages of its snapshot. */
  readonly manifestAfterPages: boolean
  /** §5: a snapshot is one of a committed batch. */
  readonly snapshotOfCommitted: boolean
  /** §5: a model stays as long as a batch in doubt may need it, and does not go when another one comes. */
  readonly modelsKept: boolean
  /** 17: the pages of a snapshot are compared with their digests. */
  readonly digestsChecked: boolean
  // ---- the file sink
  /** §6: staged files are synced before the slot is taken. */
  readonly stagedFilesSynced: boolean
  /** §6: the slot's name is synced before its files are renamed. */
  readonly slotSynced: boolean
  /** §6: the names of the slots are synced before they are read. */
  readonly slotsSyncedAtOpen: boolean
  /** §6: renames are redone at the fence. */
  readonly renamesRedone: boolean
  /** §6: files are renamed after their slot was taken. */
  readonly renameAfterSlot: boolean
  /** §5: staging is swept after recovery has decided about the prepared batch. */
  readonly sweptAfterRecovery: boolean
  // ---- the torture's own table
  /** §6: a database checks the epoch inside the transaction. */
  readonly tableChecksEpoch: boolean
  /** §6: a database checks the batch inside the transaction. */
  readonly tableChecksBatch: boolean
}

/** All of them hold. */
export const protocolRules: ProtocolRules = Object.freeze({
  prepareSynced: true, prepareAtomic: true, deltasInPrepare: true, prepareBeforePublish: true, commitAfterPublish: true,
  commitAfterAllSinks: true, nextWatermarkRecorded: true, attemptsKeptApart: true, publishInOrder: true,
  forgetAfterNextPrepare: true, unknownIsNotSuccess: true, unknownIsNotFailure: true,
  epochBumped: true, epochAboveSinks: true, lookUpAtFence: true, comparedWithoutDoubt: true, tokensCompared: true,
  absentMarkerIsLoss: true, chainChecked: true,
  lookUpDecides: true, preparedKeepsInput: true, spoolForced: true, recomputedCompared: true,
  deltasToOlderSnapshot: true, deletionAfterManifest: true, manifestAfterPages: true, snapshotOfCommitted: true,
  modelsKept: true, digestsChecked: true,
  stagedFilesSynced: true, slotSynced: true, slotsSyncedAtOpen: true, renamesRedone: true, renameAfterSlot: true,
  sweptAfterRecovery: true,
  tableChecksEpoch: true, tableChecksBatch: true,
})
