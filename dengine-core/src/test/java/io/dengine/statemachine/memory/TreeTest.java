package io.dengine.statemachine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.StoredValue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class TreeTest {

    private static final StoredValue VALUE = new StoredValue(ByteSequence.EMPTY, 1, 1, 1, 0);

    @Test
    void staysBalancedWhileItGrowsInOrder() {
        Tree tree = null;
        for (int i = 0; i < 100_000; i++) {
            tree = Tree.put(tree, key(i), VALUE);
        }
        // An AVL tree of n keys is at most 1.44 log2(n) high; in order it is nearly perfect.
        assertThat(Tree.height(tree)).isEqualTo(17);
    }

    @Test
    void staysBalancedAndSortedThroughRandomChanges() {
        RandomGenerator random = new SplittableRandom(7);
        Tree tree = null;
        TreeSet<ByteSequence> twin = new TreeSet<>();
        for (int i = 0; i < 20_000; i++) {
            ByteSequence key = key(random.nextInt(400));
            if (random.nextBoolean()) {
                tree = Tree.put(tree, key, VALUE);
                twin.add(key);
            } else {
                tree = Tree.remove(tree, key);
                twin.remove(key);
            }
            if (i % 100 == 0) {
                assertBalanced(tree);
                List<ByteSequence> keys = new ArrayList<>();
                Tree.scan(tree, ByteSequence.EMPTY, null, (k, value) -> keys.add(k));
                assertThat(keys).isEqualTo(List.copyOf(twin));
            }
        }
    }

    private static void assertBalanced(Tree tree) {
        if (tree != null) {
            assertThat(Math.abs(Tree.height(tree.left) - Tree.height(tree.right)))
                    .isLessThanOrEqualTo(1);
            assertBalanced(tree.left);
            assertBalanced(tree.right);
        }
    }

    private static ByteSequence key(int i) {
        return ByteSequence.wrap(ByteBuffer.allocate(4).putInt(i).array());
    }
}
