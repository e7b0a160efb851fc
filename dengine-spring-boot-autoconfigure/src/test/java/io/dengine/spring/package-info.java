/** What the tests of all concerns share: the house's rules, a client that needs no engine, ports that are free. */
@NullMarked
package io.dengine.spring;

import org.jspecify.annotations.NullMarked;
