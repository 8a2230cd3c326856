package flowmatching.ros.rcljava;

import flowmatching.BadInputException;
import flowmatching.ros.graph.GraphNames;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rcljava of the program, or else of the sourced workspace, in the dialect of ros2-java/ros2_java or of osrf/ros2_java.
 *
 * <p>A workspace brings old logging libraries on its {@code CLASSPATH}. They are behind a class loader of their own, after what the
 * program has, so that they take nothing's place.
 */
final class Rcljava {
  private static final String ENTRY = "org.ros2.rcljava.RCLJava";
  private static final String NEEDS = "transport rcljava needs a sourced ROS workspace that has rcljava: . WORKSPACE/install/setup.bash; "
      + "without it use --transport=rcl or --transport=dds";

  private static Rcljava workspace;

  private final ClassLoader classes;
  private final Class<?> entry;

  private Rcljava(ClassLoader classes) throws ClassNotFoundException {
    this.classes = classes;
    this.entry = classes.loadClass(ENTRY);
  }

  /**
   * The one of this process; the environment says where it is.
   *
   * @throws BadInputException where there is none, saying what to source
   */
  static synchronized Rcljava ofWorkspace() {
    if (workspace == null) {
      workspace = find(System.getenv().getOrDefault("CLASSPATH", ""), System.getProperty("java.library.path"));
    }
    return workspace;
  }

  /**
   * @param classPath where {@code org.ros2.rcljava} is, unless the program has it
   * @param libraries where its native half is; rcljava ends the process where it does not find that, so it is looked for first
   */
  static Rcljava find(String classPath, String libraries) {
    Rcljava found;
    try {
      found = new Rcljava(new URLClassLoader(urls(classPath), Rcljava.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      throw new BadInputException(NEEDS, e);
    }
    String library = System.mapLibraryName("org_ros2_rcljava_rcl_java__jni");
    if (paths(libraries).stream().noneMatch(folder -> Files.exists(folder.resolve(library)))) {
      throw new BadInputException(NEEDS + "; " + ENTRY + " is on the class path, but " + library + " is not below LD_LIBRARY_PATH");
    }
    return found;
  }

  private static List<Path> paths(String list) {
    return Arrays.stream(list.split(File.pathSeparator)).filter(path -> !path.isBlank()).map(Path::of).toList();
  }

  private static URL[] urls(String classPath) {
    List<URL> urls = new ArrayList<>();
    for (Path path : paths(classPath)) {
      try {
        urls.add(path.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new IllegalStateException(e); // files have URLs
      }
    }
    return urls.toArray(URL[]::new);
  }

  /** A new node in a context of its own. It writes no {@code /rosout} and answers no parameter requests: the policy node does. */
  RcljavaNode node(GraphNames names) {
    Object context = Reflection.callStatic(entry, "createContext");
    Reflection.call(context, "init");
    try {
      return new RcljavaNode(create(names, context), context);
    } catch (RuntimeException e) {
      Reflection.call(context, "dispose");
      throw e;
    }
  }

  private Object create(GraphNames names, Object context) {
    Object options = options();
    Reflection.call(options, "setEnableRosout", false);
    if (Reflection.has(options.getClass(), "setContext")) { // osrf/ros2_java
      Reflection.call(options, "setContext", context);
      Reflection.call(options, "setStartParameterServices", false);
      return Reflection.callStatic(entry, "createNode", names.node(), names.namespace(), options);
    }
    return Reflection.callStatic(entry, "createNode", names.node(), names.namespace(), context, options);
  }

  private Object options() {
    try {
      return classes.loadClass("org.ros2.rcljava.node.NodeOptions").getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new BadInputException("rcljava: its org.ros2.rcljava.node.NodeOptions is of no known dialect", e);
    }
  }
}
