package io.dengine.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

    @Test
    void jsonQuotesTextsAndLeavesNumbers() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a\"b", "x\\y\n");
        map.put("n", 1.5);
        map.put("l", List.of(1L, true));

        assertThat(Json.of(map).replaceAll("\\s", ""))
                .isEqualTo("{\"a\\\"b\":\"x\\\\y\\u000a\",\"n\":1.5000,\"l\":[1,true]}");
    }

    @Test
    void aColumnThatIsEmptyEverywhereIsLeftOut() {
        Table table = new Table(List.of("a", "b", "c"));
        table.add(List.of("1", "", "3"));
        table.add(List.of("", "", "6"));

        assertThat(table.toMarkdown()).isEqualTo("| a | c |\n|---|---|\n| 1 | 3 |\n|  | 6 |\n");
    }

    @Test
    void theLongestBarFillsTheWidth() {
        String svg = new BarChart(
                        "a < b",
                        "ops/s",
                        List.of(new BarChart.Bar("x", 100, 100, 100), new BarChart.Bar("y", 50, 50, 50)))
                .toSvg();

        assertThat(svg).contains("a &lt; b", "width=\"440.0\"", "width=\"220.0\"");
    }
}
