/** The checkout's path with a slash behind it; put in by the test build. */
declare const TEST_ROOT: string;
