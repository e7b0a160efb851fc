package io.dengine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
        packages = {"io.dengine.standalone", "io.dengine.cli"},
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule theServerKnowsNoCommands = noClasses()
            .that()
            .resideInAPackage("io.dengine.standalone..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.dengine.cli..", "picocli..");

    @ArchTest
    static final ArchRule yamlStaysInOneClass = noClasses()
            .that()
            .haveSimpleNameNotStartingWith("SettingsFile")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.yaml..");

    @ArchTest
    static final ArchRule noSpring =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.springframework..");

    @ArchTest
    static final ArchRule onlyMainEndsTheProcess =
            noClasses().that().doNotHaveSimpleName("Main").should().callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule answersGoWhereTheCommandLineSays =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}
