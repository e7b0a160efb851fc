package io.dengine.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A table in Markdown. Columns that are empty in every row are left out. */
public final class Table {

    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(List<String> headings) {
        this.headings = List.copyOf(headings);
    }

    public void add(List<String> row) {
        if (row.size() != headings.size()) {
            throw new IllegalArgumentException("a row of " + row.size() + " in a table of " + headings.size());
        }
        rows.add(List.copyOf(row));
    }

    public String toMarkdown() {
        List<Integer> used = new ArrayList<>();
        for (int column = 0; column < headings.size(); column++) {
            int each = column;
            if (rows.stream().anyMatch(row -> !row.get(each).isEmpty())) {
                used.add(column);
            }
        }
        StringBuilder text = new StringBuilder(line(headings, used));
        text.append(used.stream().map(column -> "---").collect(Collectors.joining("|", "|", "|\n")));
        rows.forEach(row -> text.append(line(row, used)));
        return text.toString();
    }

    private static String line(List<String> cells, List<Integer> used) {
        return used.stream().map(cells::get).collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
