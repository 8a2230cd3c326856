package flowmatching.dataset;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DuckDbTest {
  /** As in a program that used JDBC before this library was loaded, or whose jars were merged without META-INF/services. */
  @Test
  void itOpensWhereJavaKnowsNoDriver() throws SQLException {
    List<Driver> drivers = DriverManager.drivers().collect(Collectors.toList());
    try {
      for (Driver driver : drivers) {
        DriverManager.deregisterDriver(driver);
      }
      try (Connection database = DuckDb.open()) {
        assertTrue(database.isValid(1));
      }
    } finally {
      for (Driver driver : drivers) {
        DriverManager.registerDriver(driver);
      }
    }
  }
}
