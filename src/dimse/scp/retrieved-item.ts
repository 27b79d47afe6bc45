/** One instance that a retrieval sends as a C-STORE sub-operation, byte for byte as it is stored. */
export interface RetrievedItem {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  /** Bytes of the data set. */
  size: number;
  /** Chunks must stay as they are once they are given. */
  dataSet(): AsyncIterable<Uint8Array>;
}
