package io.dengine.standalone;

/**
 * One value as someone wrote it.
 *
 * @param text the value; the parts of a list separated by commas
 * @param list whether it was written as a list
 * @param source where, for the text of a failure
 */
record Given(String text, boolean list, String source) {}
