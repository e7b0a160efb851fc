/** The README's application, outside the demo's own packages so that nothing but the starter helps it. */
@NullMarked
package io.dengine.readme;

import org.jspecify.annotations.NullMarked;
