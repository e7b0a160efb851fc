package io.dengine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.dengine.raft.membership.MembershipCodec;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;

/** The house's rules that a machine can check. */
@AnalyzeClasses(packages = "io.dengine", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] DETERMINISTIC = {
        "io.dengine.raft..",
        "io.dengine.command..",
        "io.dengine.statemachine..",
        "io.dengine.lease..",
        "io.dengine.watch.."
    };

    @ArchTest
    static final ArchRule packagesAreFreeOfCycles =
            slices().matching("io.dengine.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule raftIsPure = classes()
            .that()
            .resideInAPackage("io.dengine.raft..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.dengine.raft..",
                            "java.lang",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.util",
                            "java.util.function",
                            "java.util.random",
                            "java.util.stream",
                            "org.jspecify.annotations")
                    .or(theRecordFormatsOwn()));

    /** The record format is bytes in, bytes out: buffers and a checksum, no file. */
    private static DescribedPredicate<JavaClass> theRecordFormatsOwn() {
        return resideInAnyPackage("java.nio", "java.nio.charset", "java.util.zip")
                .as("buffers and checksums");
    }

    @ArchTest
    static final ArchRule onlyTheRecordFormatTouchesBytes = noClasses()
            .that()
            .resideInAPackage("io.dengine.raft..")
            .and(not(resideInAnyPackage("io.dengine.raft.entry")))
            .and(not(type(MembershipCodec.class)))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.nio..", "java.util.zip..");

    @ArchTest
    static final ArchRule timeAndChanceComeIn = noClasses()
            .that()
            .resideInAnyPackage(DETERMINISTIC)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .callConstructor(Random.class)
            .orShould()
            .callMethod(UUID.class, "randomUUID");

    @ArchTest
    static final ArchRule coreKnowsNoSpring =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("org.springframework..");

    @ArchTest
    static final ArchRule rocksStaysBehindItsSeam = noClasses()
            .that()
            .resideOutsideOfPackage("io.dengine.statemachine.rocksdb..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..");

    @ArchTest
    static final ArchRule nettyStaysBehindItsSeam = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.dengine.transport.netty..",
                    "io.dengine.tls.netty..",
                    "io.dengine.server..",
                    "io.dengine.client.grpc..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule grpcStaysAtTheEdge = noClasses()
            .that()
            .resideOutsideOfPackages("io.dengine.server..", "io.dengine.client.grpc..", "io.dengine.proto..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "io.dengine.proto..");

    @ArchTest
    static final ArchRule theServerKnowsNoClient = noClasses()
            .that()
            .resideInAPackage("io.dengine.server..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.dengine.client..");

    @ArchTest
    static final ArchRule theRemoteClientKnowsNoServer = noClasses()
            .that()
            .resideInAPackage("io.dengine.client.grpc..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.dengine.server..",
                    "io.dengine.client.embedded..",
                    "io.dengine.transport..",
                    "io.dengine.storage..",
                    "io.dengine.statemachine..",
                    "io.dengine.watch..");

    @ArchTest
    static final ArchRule servicesSeeNothingDeeperThanTheNodesStatus = noClasses()
            .that()
            .resideInAPackage("io.dengine.server..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.dengine.command..",
                    "io.dengine.statemachine..",
                    "io.dengine.storage..",
                    "io.dengine.watch..",
                    "io.dengine.lease..",
                    "io.dengine.raft.message..",
                    "io.dengine.raft.entry..",
                    "io.dengine.transport.netty..");

    @ArchTest
    static final ArchRule tlsKnowsNobody = noClasses()
            .that()
            .resideInAPackage("io.dengine.tls..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.dengine..").and(not(resideInAnyPackage("io.dengine.tls.."))));

    @ArchTest
    static final ArchRule usersHoldNoRaftWords = noClasses()
            .that()
            .resideInAPackage("io.dengine.api..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.dengine..").and(not(resideInAnyPackage("io.dengine.api.."))));

    @ArchTest
    static final ArchRule onlyTheRootSeesTheConcreteParts = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.dengine",
                    "io.dengine.storage.file..",
                    "io.dengine.statemachine.rocksdb..",
                    "io.dengine.transport.netty..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.dengine.storage.file..", "io.dengine.statemachine.rocksdb..", "io.dengine.transport.netty..");

    @ArchTest
    static final ArchRule threadsAreMadeInFewPlaces = noClasses()
            .that()
            .resideOutsideOfPackages("io.dengine.node..", "io.dengine.transport.netty..")
            .should()
            .callConstructor(Thread.class, Runnable.class)
            .orShould()
            .callConstructor(Thread.class, Runnable.class, String.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Executors.class);

    @ArchTest
    static final ArchRule nobodySleeps = noClasses().should().callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule nobodyPrints = noClasses()
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule namesSayWhatAThingIs = noClasses()
            .that()
            .resideOutsideOfPackage("io.dengine.proto..") // generated from d-engine's definitions
            .should()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Impl")
            .orShould()
            .haveSimpleNameEndingWith("Common");

    @ArchTest
    static final ArchRule topLevelClassesAreFinalOrMadeToExtend = classes()
            .that()
            .areTopLevelClasses()
            .and()
            .areNotInterfaces()
            .and()
            .areNotEnums()
            .and()
            .areNotRecords()
            .and()
            .resideOutsideOfPackage("io.dengine.proto..")
            .and()
            .doNotHaveSimpleName("package-info")
            .and()
            .areNotAssignableTo(RuntimeException.class)
            .should()
            .haveModifier(JavaModifier.FINAL)
            .orShould()
            .haveModifier(JavaModifier.ABSTRACT);

    @ArchTest
    static final ArchRule onlyLoopOwnersCatchEverything = classes()
            .that()
            .resideOutsideOfPackages(
                    "io.dengine.node..",
                    "io.dengine.watch..",
                    "io.dengine.transport.netty..",
                    "io.dengine.client.grpc..") // calls listeners
            .and()
            .doNotHaveSimpleName("Answers") // completes callers' futures: nobody else would
            .should(notCatchThrowable());

    private static ArchCondition<JavaClass> notCatchThrowable() {
        return new ArchCondition<>("not catch Throwable") {
            @Override
            public void check(JavaClass owner, ConditionEvents events) {
                for (JavaCodeUnit unit : owner.getCodeUnits()) {
                    boolean catchesAll = unit.getTryCatchBlocks().stream()
                            .flatMap(block -> block.getCaughtThrowables().stream())
                            .anyMatch(caught -> caught.isEquivalentTo(Throwable.class)
                                    && !unit.getFullName().contains("lambda"));
                    if (catchesAll && !closesResources(unit)) {
                        events.add(SimpleConditionEvent.violated(unit, unit.getFullName() + " catches Throwable"));
                    }
                }
            }
        };
    }

    /** The compiler catches Throwable for each try-with-resources, to add what close() threw. */
    private static boolean closesResources(JavaCodeUnit unit) {
        return unit.getMethodCallsFromSelf().stream()
                .anyMatch(call -> call.getTarget().getName().equals("addSuppressed"));
    }
}
