package io.dengine.statemachine.memory;

import io.dengine.api.ByteSequence;
import io.dengine.statemachine.StoredValue;
import io.dengine.statemachine.TableStore;
import org.jspecify.annotations.Nullable;

/**
 * An immutable AVL tree (Adelson-Velsky and Landis 1962) by key; null is the empty tree. A change copies the path to the
 * root, O(log n) nodes, and shares the rest, so every root is a table of its own moment.
 */
final class Tree {

    final ByteSequence key;
    final StoredValue value;
    final @Nullable Tree left;
    final @Nullable Tree right;
    private final int height;

    private Tree(ByteSequence key, StoredValue value, @Nullable Tree left, @Nullable Tree right) {
        this.key = key;
        this.value = value;
        this.left = left;
        this.right = right;
        this.height = 1 + Math.max(height(left), height(right));
    }

    static @Nullable StoredValue get(@Nullable Tree tree, ByteSequence key) {
        Tree node = tree;
        while (node != null) {
            int order = key.compareTo(node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    static Tree put(@Nullable Tree tree, ByteSequence key, StoredValue value) {
        if (tree == null) {
            return new Tree(key, value, null, null);
        }
        int order = key.compareTo(tree.key);
        if (order == 0) {
            return new Tree(key, value, tree.left, tree.right);
        }
        return order < 0
                ? balanced(tree, put(tree.left, key, value), tree.right)
                : balanced(tree, tree.left, put(tree.right, key, value));
    }

    static @Nullable Tree remove(@Nullable Tree tree, ByteSequence key) {
        if (tree == null) {
            return null;
        }
        int order = key.compareTo(tree.key);
        if (order < 0) {
            return balanced(tree, remove(tree.left, key), tree.right);
        }
        if (order > 0) {
            return balanced(tree, tree.left, remove(tree.right, key));
        }
        if (tree.left == null) {
            return tree.right;
        }
        if (tree.right == null) {
            return tree.left;
        }
        Tree next = first(tree.right);
        return balanced(next, tree.left, remove(tree.right, next.key));
    }

    /** Visits keys in {@code [from, toExclusive)} in order; returns whether the visitor wants to go on. */
    static boolean scan(
            @Nullable Tree tree,
            ByteSequence from,
            @Nullable ByteSequence toExclusive,
            TableStore.EntryVisitor visitor) {
        if (tree == null) {
            return true;
        }
        boolean notBelow = tree.key.compareTo(from) >= 0;
        boolean notAbove = toExclusive == null || tree.key.compareTo(toExclusive) < 0;
        if (notBelow && !scan(tree.left, from, toExclusive, visitor)) {
            return false;
        }
        if (notBelow && notAbove && !visitor.visit(tree.key, tree.value)) {
            return false;
        }
        return !notAbove || scan(tree.right, from, toExclusive, visitor);
    }

    static int height(@Nullable Tree tree) {
        return tree == null ? 0 : tree.height;
    }

    private static Tree first(Tree tree) {
        Tree node = tree;
        while (node.left != null) {
            node = node.left;
        }
        return node;
    }

    /** Returns {@code node} over subtrees whose heights differ by two at most, rotated until they differ by one. */
    private static Tree balanced(Tree node, @Nullable Tree left, @Nullable Tree right) {
        int tilt = height(left) - height(right);
        if (tilt > 1 && left != null) {
            Tree inner = left.right;
            if (inner != null && height(inner) > height(left.left)) {
                return new Tree(
                        inner.key,
                        inner.value,
                        new Tree(left.key, left.value, left.left, inner.left),
                        new Tree(node.key, node.value, inner.right, right));
            }
            return new Tree(left.key, left.value, left.left, new Tree(node.key, node.value, inner, right));
        }
        if (tilt < -1 && right != null) {
            Tree inner = right.left;
            if (inner != null && height(inner) > height(right.right)) {
                return new Tree(
                        inner.key,
                        inner.value,
                        new Tree(node.key, node.value, left, inner.left),
                        new Tree(right.key, right.value, inner.right, right.right));
            }
            return new Tree(right.key, right.value, new Tree(node.key, node.value, left, inner), right.right);
        }
        return new Tree(node.key, node.value, left, right);
    }
}
