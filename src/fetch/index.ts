export {download} from './download.ts';
export type {DownloadOptions, DownloadResult} from './download-options.ts';
export {TransferError, type TransferErrorCode, type TransferErrorDetails} from './errors.ts';
export type {PausableInit, TransferRetryOptions} from './options.ts';
export {pausableFetch, transferOf} from './pausable-fetch.ts';
export type {Transfer, TransferEventMap, TransferPhase, TransferState} from './transfer.ts';
