/** Characters of one message, references included; longer texts belong into a file. */
export const CHARS_MAX = 128 * 1024;
/** The share of it from which on the composer counts. */
export const COUNTER_FROM = 0.9;
