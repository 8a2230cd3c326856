package flowmatching.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The direction of the design: app to ros, inference and training; training to dataset; all to core; core to nothing. */
class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("flowmatching");

  @Test
  void coreNeedsTheJdkAndAFewSmallLibrariesOnly() {
    classes().that().resideInAnyPackage("flowmatching", "flowmatching.flow..", "flowmatching.model..", "flowmatching.checkpoint..",
            "flowmatching.image..", "flowmatching.policy..", "flowmatching.runtime..", "flowmatching.control..",
            "flowmatching.conformance..", "flowmatching.hub..")
        .should().onlyDependOnClassesThat().resideInAnyPackage("flowmatching", "flowmatching.flow..", "flowmatching.model..",
            "flowmatching.checkpoint..", "flowmatching.image..", "flowmatching.policy..", "flowmatching.runtime..", "flowmatching.control..",
            "flowmatching.conformance..", "flowmatching.hub..",
            "java..", "com.fasterxml.jackson..", "org.apache.logging.log4j..", "org.HdrHistogram..")
        .check(ALL);
  }

  @Test
  void modulesBesideEachOtherDoNotKnowEachOther() {
    noClasses().that().resideInAPackage("flowmatching.ros..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.dataset..", "flowmatching.inference..", "flowmatching.training..", "flowmatching.app..").check(ALL);
    noClasses().that().resideInAPackage("flowmatching.inference..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.dataset..", "flowmatching.ros..", "flowmatching.training..", "flowmatching.app..").check(ALL);
    noClasses().that().resideInAPackage("flowmatching.dataset..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.inference..", "flowmatching.ros..", "flowmatching.training..", "flowmatching.app..").check(ALL);
    noClasses().that().resideInAPackage("flowmatching.training..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.inference..", "flowmatching.ros..", "flowmatching.app..").check(ALL);
  }

  @Test
  void controlKnowsNoRuntimeNoNetworkAndNoRos() {
    noClasses().that().resideInAPackage("flowmatching.control..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.runtime..", "flowmatching.flow..", "flowmatching.checkpoint..", "flowmatching.ros..").check(ALL);
  }

  @Test
  void theFlowAndTheModelStandOnTheirOwn() {
    noClasses().that().resideInAPackage("flowmatching.flow..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.model..", "flowmatching.checkpoint..", "flowmatching.policy..", "flowmatching.runtime..").check(ALL);
    noClasses().that().resideInAPackage("flowmatching.model..").should().dependOnClassesThat()
        .resideInAnyPackage("flowmatching.checkpoint..", "flowmatching.policy..", "flowmatching.runtime..", "flowmatching.control..").check(ALL);
  }

  @Test
  void packagesDoNotNeedEachOtherInCircles() {
    slices().matching("flowmatching.(*)..").should().beFreeOfCycles().check(ALL);
    for (String module : new String[] {"ros", "app", "dataset", "inference", "training"}) {
      slices().matching("flowmatching." + module + ".(*)..").should().beFreeOfCycles().allowEmptyShould(true).check(ALL);
    }
  }
}
