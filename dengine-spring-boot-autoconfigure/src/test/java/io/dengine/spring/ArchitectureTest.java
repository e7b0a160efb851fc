package io.dengine.spring;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

@AnalyzeClasses(packages = "io.dengine.spring", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String BOOT = "io.dengine.spring.boot.autoconfigure.";

    @ArchTest
    static final ArchRule packagesAreFreeOfCycles =
            slices().matching("io.dengine.spring.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule plainSpringHalfKnowsNoBoot = noClasses()
            .that()
            .resideInAnyPackage("io.dengine.spring.core..", "io.dengine.spring.watch..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework.boot..", "io.dengine.spring.boot..");

    @ArchTest
    static final ArchRule plainSpringHalfKnowsTheClientApiAlone = noClasses()
            .that()
            .resideInAnyPackage("io.dengine.spring.core..", "io.dengine.spring.watch..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.dengine..")
                    .and(not(resideInAnyPackage(
                            "io.dengine.api", "io.dengine.spring.core", "io.dengine.spring.watch"))));

    @ArchTest
    static final ArchRule concernsDoNotKnowEachOther = slices().matching(BOOT + "(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(alwaysTrue(), resideInAnyPackage(BOOT + "node", BOOT + "client", BOOT + "template"));

    @ArchTest
    static final ArchRule nodeKnowsNoOtherConcern = noClasses()
            .that()
            .resideInAPackage(BOOT + "node")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.dengine.spring.boot..").and(not(resideInAnyPackage(BOOT + "node"))));

    @ArchTest
    static final ArchRule autoConfigurationsArePublicAndFinal = classes()
            .that()
            .areAnnotatedWith(AutoConfiguration.class)
            .should()
            .bePublic()
            .andShould()
            .haveModifier(JavaModifier.FINAL)
            .andShould()
            .resideInAPackage("io.dengine.spring.boot..");

    @ArchTest
    static final ArchRule beanMethodsArePackagePrivate =
            methods().that().areAnnotatedWith(Bean.class).should().bePackagePrivate();

    @ArchTest
    static final ArchRule postProcessorBeansAreStatic = methods()
            .that()
            .areAnnotatedWith(Bean.class)
            .and()
            .haveRawReturnType(assignableTo(BeanPostProcessor.class))
            .should()
            .beStatic();

    @ArchTest
    static final ArchRule nothingIsInjectedIntoFields = noFields().should().beAnnotatedWith(Autowired.class);

    @ArchTest
    static final ArchRule nobodySleeps = noClasses().should().callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule jacksonStaysWhereItIsOptional = noClasses()
            .that()
            .doNotHaveSimpleName("JsonValueConverter")
            .and()
            .doNotHaveSimpleName("JsonConfiguration")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("tools.jackson..");
}
