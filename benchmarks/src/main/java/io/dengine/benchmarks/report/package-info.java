/** Figures as a table, as JSON and as charts. */
@NullMarked
package io.dengine.benchmarks.report;

import org.jspecify.annotations.NullMarked;
