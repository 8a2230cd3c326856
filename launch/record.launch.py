"""Records episodes of a robot that somebody else commands. docs/launch.md describes the arguments."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

FLAGS = ['robot', 'output', 'task', 'episodes', 'fps', 'episode_time_s', 'reset_time_s', 'transport']


def recorder(context):
    def value(name):
        return LaunchConfiguration(name).perform(context)

    return [Node(
        package='flowmatching',
        executable='flowmatching',
        name='flowmatching_recorder',
        namespace=value('namespace'),
        arguments=['record'] + ['--' + name + '=' + value(name) for name in FLAGS if value(name)],
        parameters=[{'use_sim_time': value('use_sim_time').lower() == 'true'}],
        output='screen',
        emulate_tty=True,
        on_exit=Shutdown(),
    )]


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument(
            'robot',
            description='Robot file, or the name of one in config/robots.'),
        DeclareLaunchArgument(
            'output',
            description="The data set's directory: a new one, or one to add episodes to."),
        DeclareLaunchArgument(
            'task',
            description='What is done, in words.'),
        DeclareLaunchArgument(
            'episodes', default_value='50',
            description='Episodes to record now.'),
        DeclareLaunchArgument(
            'fps', default_value='30',
            description='Frames a second.'),
        DeclareLaunchArgument(
            'episode_time_s', default_value='60',
            description='Longest time of an episode, in seconds.'),
        DeclareLaunchArgument(
            'reset_time_s', default_value='60',
            description='Time between episodes, in seconds.'),
        DeclareLaunchArgument(
            'transport', default_value='auto', choices=['auto', 'rcl', 'rcljava', 'dds'],
            description="How the robot is reached: rcl is ROS itself on its RMW, rcljava a node of the workspace's rcljava, dds needs no ROS; auto takes rcl."),
        DeclareLaunchArgument(
            'namespace', default_value='',
            description='Namespace of the node.'),
        DeclareLaunchArgument(
            'use_sim_time', default_value='false', choices=['true', 'false', 'True', 'False'],
            description='Follow /clock.'),
        OpaqueFunction(function=recorder),
    ])
