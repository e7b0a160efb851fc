package io.dengine.benchmarks.report;

import java.util.List;
import java.util.Locale;

/**
 * Horizontal bars, as SVG.
 *
 * @param title above them
 * @param unit of the values
 * @param bars from above
 */
public record BarChart(String title, String unit, List<Bar> bars) {

    private static final int WIDTH = 760;
    private static final int LABEL = 230;
    private static final int VALUE = 90;
    private static final int ROW = 30;
    private static final int TOP = 44;

    /**
     * One bar.
     *
     * @param label left of it
     * @param value its length
     * @param low the least of the rounds
     * @param high the greatest
     */
    public record Bar(String label, double value, double low, double high) {}

    public String toSvg() {
        double greatest = bars.stream().mapToDouble(Bar::high).max().orElse(1);
        double scale = (WIDTH - LABEL - VALUE) / Math.max(greatest, Double.MIN_NORMAL);
        int height = TOP + ROW * bars.size() + 10;
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"sans-serif\" font-size=\"13\">",
                WIDTH,
                height,
                WIDTH,
                height);
        line(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, height);
        line(
                svg,
                "<text x=\"10\" y=\"24\" font-size=\"16\" fill=\"#222\">%s <tspan fill=\"#777\">(%s)</tspan></text>",
                escaped(title),
                escaped(unit));
        int y = TOP;
        for (Bar bar : bars) {
            int middle = y + ROW / 2;
            line(
                    svg,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#222\">%s</text>",
                    LABEL - 10,
                    middle + 4,
                    escaped(bar.label()));
            line(
                    svg,
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                    LABEL,
                    y + 5,
                    bar.value() * scale,
                    ROW - 10,
                    bar.label().startsWith("dengine") ? "#2b6cb0" : "#a0aec0");
            line(
                    svg,
                    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#222\"/>",
                    LABEL + bar.low() * scale,
                    LABEL + bar.high() * scale,
                    middle,
                    middle);
            line(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" fill=\"#222\">%,.0f</text>",
                    LABEL + bar.high() * scale + 8,
                    middle + 4,
                    bar.value());
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void line(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
