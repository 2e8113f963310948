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
  /** 6: the commit mark follows the commit of every sink. */
  readonly commitAfterPublish: boolean
  /** 4: the record holds the next watermark, so that a restart goes on from there. */
  readonly nextWatermarkRecorded: boolean
  /** 2: attempts have keys of their own. */
  readonly attemptsKeptApart: boolean
  /** 8: sinks without look-up come first, so that a token in a look-up sink proves that they are done. */
  readonly publishInOrder: boolean
  /** §5: a source may forget a batch once the next one is prepared. */
  readonly forgetAfterNextPrepare: boolean
  /** §6: an unknown outcome is resolved by fencing and looking; `false` takes it for success. */
  readonly unknownIsNotSuccess: boolean
  /** §6: an unknown outcome is resolved by fencing and looking; `false` takes it for failure and commits again. */
  readonly unknownIsNotFailure: boolean
  // ---- opening
  /** 11: the new epoch is greater than every earlier one. */
  readonly epochBumped: boolean
  /** 11: the new epoch is above that of every sink, not of the checkpoint alone. */
  readonly epochAboveSinks: boolean
  /** 12: the answer of a sink is the one at the moment of the fence. */
  readonly lookUpAtFence: boolean
  /** 14: sinks are compared with the checkpoint also when no batch is in doubt. */
  readonly comparedWithoutDoubt: boolean
  /** 14: the comparison looks at tokens, not at batch ids alone. */
  readonly tokensCompared: boolean
  /** 13: a sink without its marker has lost it, unless it never had one. */
  readonly absentMarkerIsLoss: boolean
  /** 17, 2: state and records are checked against the chain of tokens and digests. */
  readonly chainChecked: boolean
  // ---- recovery
  /** 18 to 20: what the sinks hold decides how a prepared batch goes on. */
  readonly lookUpDecides: boolean
  /** 20: a prepared batch that no sink holds is run again, settled: not taken as delivered. */
  readonly deliveryNotAssumed: boolean
  /** 21: a prepared batch keeps its input. */
  readonly preparedKeepsInput: boolean
  /** 23: the output is spooled when several look-up sinks cannot resume. */
  readonly spoolForced: boolean
  /** 19: a recomputed output is compared with the recorded one. */
  readonly recomputedCompared: boolean
  /** 19: the recorded delta is adopted, not the recomputed one. */
  readonly recordedDeltaAdopted: boolean
  // ---- clean-up and snapshots
  /** §5: deltas are kept from the older of two snapshots on. */
  readonly deltasToOlderSnapshot: boolean
  /** §5: deltas go after the manifest that makes them superfluous was written. */
  readonly deletionAfterManifest: boolean
  /** §5: the manifest follows the pages of its snapshot. */
  readonly manifestAfterPages: boolean
  /** §5: a snapshot is one of a committed batch. */
  readonly snapshotOfCommitted: boolean
  /** 17: pages and deltas are checked against their digests. */
  readonly digestsChecked: boolean
  /** §5: a model stays as long as a batch in doubt may need it. */
  readonly modelsKept: boolean
  // ---- the file sink
  /** §6: staged files are synced before the slot is taken. */
  readonly stagedFilesSynced: boolean
  /** §6: the slot's directory is synced before its files are renamed. */
  readonly slotSynced: boolean
  /** §6: the slots' directory is synced before they are read. */
  readonly slotsSyncedAtOpen: boolean
  /** §6: renames are redone at the fence. */
  readonly renamesRedone: boolean
  /** §6: files are renamed after their slot was taken. */
  readonly renameAfterSlot: boolean
  /** 22: staging is named by attempt, not by batch. */
  readonly stagingByAttempt: boolean
  /** §5: staging is swept after recovery has decided about the prepared batch. */
  readonly sweptAfterRecovery: boolean
  /** §5: only the staging of earlier epochs is swept. */
  readonly sweptBelowEpoch: boolean
  // ---- the torture's own table
  /** §6: a database checks the epoch inside the transaction. */
  readonly tableChecksEpoch: boolean
  /** §6: a database checks the batch inside the transaction. */
  readonly tableChecksBatch: boolean
}

/** All of them hold. */
export const protocolRules: ProtocolRules = Object.freeze({
  prepareSynced: true, prepareAtomic: true, deltasInPrepare: true, prepareBeforePublish: true, commitAfterPublish: true,
  nextWatermarkRecorded: true, attemptsKeptApart: true, publishInOrder: true, forgetAfterNextPrepare: true,
  unknownIsNotSuccess: true, unknownIsNotFailure: true,
  epochBumped: true, epochAboveSinks: true, lookUpAtFence: true, comparedWithoutDoubt: true, tokensCompared: true,
  absentMarkerIsLoss: true, chainChecked: true,
  lookUpDecides: true, deliveryNotAssumed: true, preparedKeepsInput: true, spoolForced: true, recomputedCompared: true,
  recordedDeltaAdopted: true,
  deltasToOlderSnapshot: true, deletionAfterManifest: true, manifestAfterPages: true, snapshotOfCommitted: true,
  digestsChecked: true, modelsKept: true,
  stagedFilesSynced: true, slotSynced: true, slotsSyncedAtOpen: true, renamesRedone: true, renameAfterSlot: true,
  stagingByAttempt: true, sweptAfterRecovery: true, sweptBelowEpoch: true,
  tableChecksEpoch: true, tableChecksBatch: true,
})
