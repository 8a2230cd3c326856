// Plays a path to the arm in the physics engine of Gazebo Fortress (DART), as gz_ros2_control would: no server, no rendering.
//   g++ -O1 -std=c++17 gazebo_physics.cpp -o gazebo_physics $(pkg-config --cflags --libs ignition-physics5 ignition-plugin1-loader sdformat12 eigen3)
//   gazebo_physics WORLD.sdf ARM.urdf ENGINE.so X Y YAW <PATH
// X Y YAW: where the cube lies. PATH: a line of seven joint positions every 4 ms. Prints where the cube is at the end: x y z.
// Debian: libignition-physics-core-dev libignition-physics-sdf-dev libignition-physics5-dartsim-plugin5 libdart-all-dev libsdformat-dev
#include <Eigen/Geometry>
#include <chrono>
#include <fstream>
#include <ignition/physics/FindFeatures.hh>
#include <ignition/physics/ForwardStep.hh>
#include <ignition/physics/FrameSemantics.hh>
#include <ignition/physics/FreeGroup.hh>
#include <ignition/physics/GetEntities.hh>
#include <ignition/physics/Joint.hh>
#include <ignition/physics/RequestEngine.hh>
#include <ignition/physics/sdf/ConstructWorld.hh>
#include <ignition/plugin/Loader.hh>
#include <iostream>
#include <sdf/sdf.hh>
#include <sstream>

namespace physics = ignition::physics;

struct Features
    : physics::FeatureList<physics::sdf::ConstructSdfWorld, physics::GetEntities, physics::GetBasicJointState, physics::SetBasicJointState,
                           physics::SetJointVelocityCommandFeature, physics::ForwardStep, physics::LinkFrameSemantics,
                           physics::FindFreeGroupFeature, physics::SetFreeGroupWorldPose> {};

static const char *const JOINTS[] = {"shoulder_pan", "shoulder_lift", "elbow", "forearm_roll", "wrist_pitch", "wrist_roll", "gripper"};
static const double GAIN = 0.2, UPDATE_RATE = 250;  // as in worlds/arm.urdf and config/gazebo/controllers.yaml

static void fail(const std::string &why) {
  std::cerr << why << "\n";
  std::exit(1);
}

// The world with the arm in it, which Gazebo spawns there.
static sdf::Root scene(const std::string &world_file, const std::string &arm_file) {
  std::ifstream in(world_file);
  std::stringstream text;
  text << in.rdbuf();
  std::string world = text.str();
  sdf::SDFPtr arm(new sdf::SDF());
  sdf::init(arm);
  if (!sdf::readFile(arm_file, arm)) fail(arm_file + ": cannot be read");
  world.insert(world.rfind("</world>"), arm->Root()->GetElement("model")->ToString(""));
  sdf::Root root;
  for (auto &error : root.LoadSdfString(world)) fail(error.Message());
  return root;
}

int main(int argc, char **argv) {
  if (argc != 7) fail("expected WORLD.sdf ARM.urdf ENGINE.so X Y YAW");
  sdf::Root root = scene(argv[1], argv[2]);
  ignition::plugin::Loader loader;
  auto names = loader.LoadLib(argv[3]);
  if (names.empty()) fail(std::string(argv[3]) + ": holds no engine");
  auto engine = physics::RequestEngine3d<Features>::From(loader.Instantiate(*names.begin()));
  if (!engine) fail("the engine lacks a feature");
  auto world = engine->ConstructWorld(*root.WorldByIndex(0));
  auto arm = world->GetModel("arm");
  auto cube = world->GetModel("cube");

  Eigen::Isometry3d lies = Eigen::Isometry3d::Identity();
  lies.translation() << std::stod(argv[4]), std::stod(argv[5]), 0.02;
  lies.rotate(Eigen::AngleAxisd(std::stod(argv[6]), Eigen::Vector3d::UnitZ()));
  cube->FindFreeGroup()->SetWorldPose(lies);

  physics::ForwardStep::Input input;
  physics::ForwardStep::State state;
  physics::ForwardStep::Output output;
  input.Get<std::chrono::steady_clock::duration>() = std::chrono::milliseconds(2);
  bool first = true;
  for (std::string line; std::getline(std::cin, line);) {
    std::stringstream numbers(line);
    double velocities[7];
    for (int i = 0; i < 7; i++) {
      double position;
      if (!(numbers >> position)) fail("expected seven numbers, found: " + line);
      auto joint = arm->GetJoint(JOINTS[i]);
      if (first) joint->SetPosition(0, position);
      velocities[i] = GAIN * UPDATE_RATE * (position - joint->GetPosition(0));
    }
    first = false;
    for (int step = 0; step < 2; step++) {
      for (int i = 0; i < 7; i++) arm->GetJoint(JOINTS[i])->SetVelocityCommand(0, velocities[i]);
      world->Step(output, state, input);
    }
  }
  auto place = cube->GetLink("cube")->FrameDataRelativeToWorld().pose.translation();
  std::cout << place.x() << " " << place.y() << " " << place.z() << "\n";
}
