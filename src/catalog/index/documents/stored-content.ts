import type { ContentStates } from '../../model/content-outlook.js';
import type { Packed } from './document-store.js';

/** The part of an image's content that the tables need: the time up to which its scans are in the content. */
export interface ContentState extends ContentStates {
  num: number;
  hasOs: boolean;
}

/**
 * The content of an image in memory. Most files are stored apart, because an image can have thousands of files and
 * most answers show few.
 */
export interface StoredContent {
  state: ContentState;
  /** A ContentDocument with the first files only. Most answers show no more files. */
  summary: Packed;
  fileCount: number;
  /** The rows of the other files. */
  files: Packed | null;
  /** All files as numbers of the dictionary. */
  fileNumbers: Int32Array;
}
