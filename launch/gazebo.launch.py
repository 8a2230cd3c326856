"""An arm at a table in Gazebo, with its bridge and controllers, and the policy node where there is a policy. docs/launch.md describes the arguments."""

import os
import shlex
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction, RegisterEventHandler
from launch.event_handlers import OnProcessExit
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

POLICY = ['policy_path', 'transport', 'params_file', 'normalization', 'shadow', 'autostart']


def include(package, name, arguments):
    file = Path(get_package_share_directory(package)) / 'launch' / name
    return IncludeLaunchDescription(PythonLaunchDescriptionSource(str(file)), launch_arguments=arguments.items())


def simulation(context):
    def value(name):
        return LaunchConfiguration(name).perform(context)

    def node(package, executable, **rest):
        return Node(package=package, executable=executable, output='screen', **rest)

    share = Path(get_package_share_directory('flowmatching'))
    # gz_args go through a shell; what is between quotes it does not expand.
    world = shlex.quote(os.path.expanduser(value('world') or str(share / 'worlds' / 'tabletop.sdf')))
    # Cameras need a renderer; without a display they take EGL's.
    flags = '-r -s --headless-rendering ' if value('headless').lower() == 'true' else '-r '
    description = (share / 'worlds' / 'arm.urdf').read_text().replace('PACKAGE', str(share))
    simulated = {'use_sim_time': True}

    arm = node('ros_gz_sim', 'create', arguments=['-topic', 'robot_description', '-name', 'arm'])
    # The controller manager lives in the arm's plugin: there is none before the arm.
    controllers = node('controller_manager', 'spawner', arguments=['joint_state_broadcaster', 'joint_trajectory_controller'])
    actions = [
        include('ros_gz_sim', 'gz_sim.launch.py', {'gz_args': flags + world, 'on_exit_shutdown': 'true'}),
        node('robot_state_publisher', 'robot_state_publisher', parameters=[{'robot_description': ParameterValue(description, value_type=str)}, simulated]),
        node('ros_gz_bridge', 'parameter_bridge', parameters=[{'config_file': str(share / 'config' / 'gazebo' / 'bridge.yaml')}, simulated]),
        node('ros_gz_bridge', 'parameter_bridge', name='set_pose_bridge',
             arguments=['/world/tabletop/set_pose@ros_gz_interfaces/srv/SetEntityPose']),
        RegisterEventHandler(OnProcessExit(target_action=arm, on_exit=[controllers])),
        arm,
    ]
    if value('policy_path'):
        policy = {name: value(name) for name in POLICY}
        actions.append(include('flowmatching', 'policy.launch.py', {'robot': 'gazebo_arm', 'use_sim_time': 'true', **policy}))
    return actions


def generate_launch_description():
    booleans = {'default_value': '', 'choices': ['', 'true', 'false', 'True', 'False']}
    return LaunchDescription([
        DeclareLaunchArgument(
            'headless', default_value='false', choices=['true', 'false', 'True', 'False'],
            description='Without a window, rendering cameras off screen.'),
        DeclareLaunchArgument(
            'world', default_value='',
            description='Another world (SDF). Its name must be tabletop where episodes are reset. Not given: worlds/tabletop.sdf.'),
        DeclareLaunchArgument(
            'policy_path', default_value='',
            description='Directory of the checkpoint, or its name on the hub. Not given: no policy node.'),
        DeclareLaunchArgument(
            'transport', default_value='auto', choices=['auto', 'rcl', 'rcljava', 'dds'],
            description="How the policy node reaches the robot: rcl is ROS itself on its RMW, rcljava a node of the workspace's rcljava, dds needs no ROS; auto takes rcl."),
        DeclareLaunchArgument(
            'params_file', default_value='',
            description='Parameters of the policy node (docs/parameters.md). Arguments of this file override it.'),
        DeclareLaunchArgument(
            'normalization', default_value='', choices=['', 'checkpoint', 'none'],
            description='none: feed the network raw values, for a policy without statistics. Not given: as params_file says, else checkpoint.'),
        DeclareLaunchArgument(
            'shadow', **booleans,
            description='Do everything but publish commands. Not given: as params_file says, else false.'),
        DeclareLaunchArgument(
            'autostart', **booleans,
            description='Become active without waiting for ~/enable. Not given: as params_file says, else false.'),
        OpaqueFunction(function=simulation),
    ])
