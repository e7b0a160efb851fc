/** Tables in RocksDB. */
@NullMarked
package io.dengine.statemachine.rocksdb;

import org.jspecify.annotations.NullMarked;
